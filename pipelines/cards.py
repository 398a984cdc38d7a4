"""The model cards that the desk can quote. A card is read; its weights are not loaded here."""

from collections.abc import Iterator
from datetime import datetime

from core.detectors.card import Card
from core.detectors.registry import CARD, read_card
from core.errors import WeightsRefused
from core.settings import Settings
from db import model_versions
from db.session import session


def card_of(config: Settings, sha256: str, at: datetime) -> Card | None:
    """The card that the weights with this hash had when they spoke, for a newer one may read their scores otherwise;
    None where the desk has neither registered them nor their folder."""
    with session(config) as opened:
        registered = model_versions.card_at(opened, sha256, at)
    return registered or next((card for card in _shipped(config) if card.sha256 == sha256), None)


def serving(config: Settings) -> Card:
    """The card of the detector in service; WeightsRefused where there is none."""
    with session(config) as opened:
        champion = model_versions.champion(opened)
    registered = champion.read_card() if champion else None
    return registered or read_card(config.shipped_detector)


def _shipped(config: Settings) -> Iterator[Card]:
    for path in sorted(config.models.glob(f"*/{CARD}")):
        try:
            yield read_card(path.parent)
        except WeightsRefused:
            continue  # it speaks for other weights; where it is the one in service, `serving` says so
