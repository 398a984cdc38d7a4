"""Models: the card of the detector in service, in plain words."""

from core.settings import Settings
from tests.dashboard.conftest import Open, text_of


def test_the_card_says_what_its_claims_rest_on(opened: Open) -> None:
    desk = opened("models")
    words = text_of(desk)
    assert "at most **5%** of genuine clips" in words
    assert "**50** genuine clips" in words
    assert "Copies from \\*messengers\\*\\." in words
    assert desk.metric[0].value == "0.910"


def test_a_missing_card_is_said(config: Settings, opened: Open) -> None:
    (config.models / "blend" / "card.json").unlink()
    assert "has no card" in text_of(opened("models"))
