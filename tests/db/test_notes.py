"""Notes: pinned to a moment, in the order of the clip, taken back only by who wrote them."""

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, case_file, cases, notes
from db.cases import Asked
from db.rights import NotAllowed, User
from db.session import session
from tests.actors import DESK, person
from tests.dashboard.stored import clip, evidence, store, track


@pytest.fixture
def ada(config: Settings) -> User:
    return person(config, "ada")


@pytest.fixture
def analysis(config: Settings) -> int:
    return store(config, evidence(clip(), (track("A", 3.0, "signs"),)), (("A", 2),))


def add(config: Settings, actor: User, analysis: int, time: float, text: str, track: str | None = None) -> int:
    with session(config) as opened:
        return notes.add(opened, actor, analysis, time, text, track)


def test_notes_come_in_the_order_of_their_moments(config: Settings, ada: User, analysis: int) -> None:
    add(config, ada, analysis, 2.5, "  The mouth stays open. ", "A")
    add(config, DESK, analysis, 0.5, "A cut.")
    with session(config) as opened:
        found = notes.of_analysis(opened, analysis)
    assert [(one.time, one.track, one.text, one.user) for one in found] == [
        (0.5, None, "A cut.", DESK),
        (2.5, "A", "The mouth stays open.", ada),
    ]


@pytest.mark.parametrize(
    ("time", "text", "person_"),
    [(1.0, " ", None), (1.0, "x" * 5001, None), (-1.0, "x", None), (float("nan"), "x", None), (1.0, "x", "Z")],
)
def test_a_bad_note_is_refused(
    config: Settings, ada: User, analysis: int, time: float, text: str, person_: str | None
) -> None:
    with pytest.raises(TelltaleError):
        add(config, ada, analysis, time, text, person_)
    with pytest.raises(TelltaleError, match="no such analysis"):
        add(config, ada, 999, 1.0, "x")


def test_a_note_is_taken_back_by_its_author_alone(config: Settings, ada: User, analysis: int) -> None:
    number = add(config, ada, analysis, 1.0, "Look here.")
    for other in (person(config, "eve", "admin"), person(config, "nobody", None)):
        with pytest.raises(NotAllowed), session(config) as opened:
            notes.remove(opened, other, number)
    with session(config) as opened:
        notes.remove(opened, ada, number)
    with session(config) as opened:
        assert notes.of_analysis(opened, analysis) == []
        removed, added = audit.events(opened, f"analysis:{analysis}")
    assert (removed.action, added.details["text"]) == ("note.removed", "Look here.")
    with pytest.raises(TelltaleError, match="no longer"), session(config) as opened:
        notes.remove(opened, ada, number)


def test_without_a_role_nobody_writes(config: Settings, analysis: int) -> None:
    with pytest.raises(NotAllowed):
        add(config, person(config, "nobody", None), analysis, 1.0, "x")


def test_an_exhibit_shows_the_newest_analysis_unless_one_is_pinned(config: Settings, analysis: int) -> None:
    with session(config) as opened:
        case_id = cases.start(opened, DESK, Asked("The speech"))
        cases.add_item(opened, DESK, case_id, 1)
        (exhibit,) = found.exhibits if (found := case_file.get(opened, case_id)) else ()
        assert (exhibit.analysis_id, exhibit.band, exhibit.pinned) == (analysis, "signs", False)
        assert exhibit.model == "blend 0.1" and exhibit.thumbnail is not None
        cases.add_item(opened, DESK, case_id, 1, analysis)
        (exhibit,) = found.exhibits if (found := case_file.get(opened, case_id)) else ()
        assert exhibit.pinned
