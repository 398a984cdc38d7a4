"""Models: the card of the detector in service, in plain words."""

from core.settings import Settings
from tests.dashboard.conftest import Open, text_of


def test_the_card_says_what_its_claims_rest_on(opened: Open) -> None:
    desk = opened("models")
    words = text_of(desk)
    assert "at most **5%** of genuine files" in words
    assert "**50** genuine clips" in words
    assert "Copies from \\*messengers\\*\\." in words
    (row,) = desk.dataframe[0].value.to_dict("records")
    assert row["Set"] == "clips · kept apart to the end"
    assert row["AUC"] == "0.91 (0.87–0.94)"


def test_a_missing_card_is_said(config: Settings, opened: Open) -> None:
    (config.models / "blend" / "card.json").unlink()
    assert "has no card" in text_of(opened("models"))
