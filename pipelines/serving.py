"""The weights that serve on this desk, kept whole under `home/models`, where no upgrade of the project reaches them.

The detector that comes with the project becomes the first champion. A newer one, after an upgrade, waits as a
candidate: which detector judges is decided by people, or by the gate, and never by what was last installed.
"""

import fcntl
import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.detectors import registry
from core.detectors.card import READS, Card
from core.errors import WeightsRefused
from core.evidence import ModelRef
from core.settings import Settings
from db import model_versions, people
from db.model_versions import Version
from db.rights import User
from db.session import session
from pipelines import storage

METHOD = 4  # raised when the way of a clip changes so that old results may not stand for new ones
NAME = 12  # characters of the weights' hash that name their folder
FIRST = "It came with the project, and no other served."

log = logging.getLogger("telltale.serving")


@dataclass(frozen=True)
class Judge:
    """A version as a job needs it: what its result must name, and what stands for the way that it is looked at."""

    version: Version
    model: ModelRef
    settings_hash: str


def know_shipped(config: Settings) -> None:
    """As `register_shipped`, when a desk or a worker starts: either is of use without a detector, and says so."""
    try:
        register_shipped(config)
    except (WeightsRefused, OSError) as refusal:
        log.warning("The detector that came with the project can't be had or shared. %s", refusal)


def register_shipped(config: Settings) -> None:
    """Make the detector that came with the project known to the desk; it serves where none does.

    Raises:
        WeightsRefused: its folder isn't whole.
        OSError: it can't be kept or shared.
    """
    source = config.shipped_detector
    with _one_at_a_time(config.home):
        card, folder = registry.verified(source), keep(config, source)
        with session(config) as opened:
            desk = people.desk_user(opened)
            version = model_versions.register(opened, desk, card, folder)
            if version.read_card() != card:
                model_versions.recard(opened, desk, version.id, card)
            if model_versions.champion(opened) is None:
                model_versions.promote(opened, desk, version.id, FIRST)


def keep(config: Settings, source: Path) -> str:
    """A copy of a model folder under `home/models`, for other machines too; gives its name there.

    One that is there, whole, stays.

    Raises:
        WeightsRefused: `source` isn't whole.
        OSError: it can't be kept or shared.
    """
    card = registry.verified(source)
    target = config.home / "models" / card.sha256[:NAME]
    try:
        there = registry.verified(target)
    except WeightsRefused:
        there = None
    if there != card:
        registry.copy(source, target)
        storage.share_anew(config, target / registry.CARD)  # its name is that of the weights, not its own
    for name in registry.FILES:
        storage.share(config, target / name)
    return target.name


def in_service(config: Settings) -> Version:
    """The version that judges new clips.

    Raises:
        WeightsRefused: there is none, nor a whole one that came with the project.
    """
    with session(config) as opened:
        if serves := model_versions.champion(opened):
            return serves
    register_shipped(config)
    return in_service(config)


def folder_of(config: Settings, version: Version) -> Path:
    """Where the weights of a version lie, fetched if another machine learned them.

    Raises:
        WeightsRefused: `not_held`, `not_fetched`, or `altered_card` where its card is not the one that was registered.
    """
    if version.folder is None:
        raise _not_held(version)
    folder = config.home / "models" / version.folder
    try:
        for name in registry.FILES:
            storage.here(config, folder / name)
    except OSError as error:
        raise WeightsRefused("not_fetched", f"The weights of {version.title} can't be fetched: {error}.") from error
    if registry.read_card(folder) != version.read_card():
        message = f"The card of {version.title} is not the one that was registered. Restore {folder.name}."
        raise WeightsRefused("altered_card", message)
    return folder


def judge_of(config: Settings, version: Version) -> Judge:
    """A version under these settings.

    Raises:
        WeightsRefused: the desk knows it only by name.
    """
    card = version.read_card()
    if card is None:
        raise _not_held(version)
    return Judge(version, ModelRef(card.name, card.version, card.sha256), settings_hash(config, card))


def settings_hash(config: Settings, card: Card) -> str:
    """Stands for all that changes what the same weights find: settings, and how the card reads scores."""
    looked = config.model_dump(include={"samples_per_second", "min_samples", "max_samples", "heatmaps"})
    read = card.model_dump(mode="json", include=READS)
    return hashlib.sha256(json.dumps({"method": METHOD} | looked | read, sort_keys=True).encode()).hexdigest()


def for_child(config: Settings, version: Version) -> dict[str, str]:
    """A version as the confined process is told of it: where it lies, and which card it has."""
    folder = folder_of(config, version)
    card_sha256 = hashlib.sha256((folder / registry.CARD).read_bytes()).hexdigest()
    return {"folder": str(folder), "card_sha256": card_sha256}


def promote(config: Settings, actor: User, version_id: int, reason: str) -> None:
    """Put a version in service, once its weights were loaded: jobs that start from now on are judged by it.

    Raises:
        NotAllowed, TelltaleError: as `model_versions.promote` says.
        WeightsRefused: its weights are not whole.
    """
    with session(config) as opened:
        model_versions.promote(opened, actor, version_id, reason)
        _load(config, model_versions.champion(opened))


def roll_back(config: Settings, actor: User, reason: str) -> Version:
    """Put the version before in service again, once its weights were loaded; gives it.

    Raises:
        NotAllowed, TelltaleError: as `model_versions.roll_back` says.
        WeightsRefused: its weights are not whole.
    """
    with session(config) as opened:
        version = model_versions.roll_back(opened, actor, reason)
        _load(config, version)
        return version


def _not_held(version: Version) -> WeightsRefused:
    return WeightsRefused("not_held", f"The desk does not hold the weights of {version.title}.")


def _load(config: Settings, version: Version | None) -> None:
    """In the transaction that promotes: what can't be loaded can't serve, and nothing was changed."""
    assert version is not None, "it was promoted a moment ago"
    registry.load(folder_of(config, version))


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Desk and worker start together; the second finds what the first has done."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
