"""Cases: what is asked, what is gathered, what is answered, and that a closed one stays closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, case_file, cases, media, verdicts
from db.case_file import CaseFile, CaseFilter
from db.cases import Asked
from db.models import now
from db.rights import NotAllowed, User
from db.session import session
from tests.actors import DESK, person
from tests.db.conftest import info

SOON = datetime(2030, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def ada(config: Settings) -> User:
    return person(config, "ada")


@pytest.fixture
def eve(config: Settings) -> User:
    return person(config, "eve", "editor")


def start(config: Settings, actor: User, title: str = "The speech", **more: Any) -> int:
    with session(config) as opened:
        return cases.start(opened, actor, Asked(title, **more))


def clip(config: Settings, letter: str = "a") -> int:
    with session(config) as opened:
        return media.add(opened, info(f"{letter}.mp4", letter * 64))


def whole(config: Settings, case_id: int) -> CaseFile:
    with session(config) as opened:
        found = case_file.get(opened, case_id)
    assert found is not None
    return found


def test_a_case_comes_back_as_it_was_asked(config: Settings, ada: User, eve: User) -> None:
    case_id = start(config, ada, " The  speech ", question="Is it him?", requester="Politics", deadline=SOON,
                    tags=("Election", "election", " video "), assignees=(eve.id, ada.id))  # fmt: skip
    found = whole(config, case_id)
    assert (found.title, found.question, found.requester, found.deadline) == (
        "The speech", "Is it him?", "Politics", SOON,
    )  # fmt: skip
    assert found.tags == ("election", "video") and found.assignees == (ada, eve)
    assert (found.status, found.answer, found.opened_by, found.exhibits) == ("open", None, ada, ())


def test_a_change_replaces_tags_and_people(config: Settings, ada: User, eve: User) -> None:
    case_id = start(config, ada, tags=("a", "b"), assignees=(ada.id,))
    with session(config) as opened:
        cases.change(opened, eve, case_id, Asked("Another", tags=("b", "c"), assignees=(eve.id,)))
    found = whole(config, case_id)
    assert (found.title, found.tags, found.assignees) == ("Another", ("b", "c"), (eve,))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(" "), "needs a title"),
        (Asked("x" * 201), "needs a title"),
        (Asked("x", question="y" * 10_001), "at most"),
        (Asked("x", tags=tuple(f"tag{number}" for number in range(21))), "20 tags"),
        (Asked("x", assignees=(4711,)), "not at this desk"),
    ],
)
def test_a_bad_case_is_refused(config: Settings, ada: User, asked: Asked, why: str) -> None:
    with pytest.raises(TelltaleError, match=why), session(config) as opened:
        cases.start(opened, ada, asked)
    with session(config) as opened:
        assert case_file.search(opened).total == 0


def test_exhibits_stand_in_their_order_with_the_verdict_beside(config: Settings, ada: User) -> None:
    case_id, one, two = start(config, ada), clip(config, "a"), clip(config, "b")
    with session(config) as opened:
        for media_id in (one, two, one):
            cases.add_item(opened, ada, case_id, media_id)
        verdicts.give(opened, ada, two, verdicts.Said("synthetic", "low", "Six fingers."))
        cases.move_item(opened, ada, case_id, two, -1)
    first, second = whole(config, case_id).exhibits
    assert (first.media_id, second.media_id) == (two, one)
    assert (first.name, first.analysis_id, first.band) == ("b.mp4", None, None)
    assert first.verdict is not None and first.verdict.picture == "synthetic" and second.verdict is None


def test_an_exhibit_can_be_taken_out(config: Settings, ada: User) -> None:
    case_id, one = start(config, ada), clip(config)
    with session(config) as opened:
        cases.add_item(opened, ada, case_id, one)
        assert [row.id for row in case_file.of_media(opened, one)] == [case_id]
        cases.remove_item(opened, ada, case_id, one)
    assert whole(config, case_id).exhibits == ()
    with pytest.raises(TelltaleError, match="not in the case"), session(config) as opened:
        cases.remove_item(opened, ada, case_id, one)


@pytest.mark.parametrize(("media_id", "analysis_id"), [(99, None), (1, 99)])
def test_what_the_desk_does_not_hold_is_no_exhibit(
    config: Settings, ada: User, media_id: int, analysis_id: int | None
) -> None:
    case_id = start(config, ada)
    clip(config)
    with pytest.raises(TelltaleError), session(config) as opened:
        cases.add_item(opened, ada, case_id, media_id, analysis_id)


def test_only_an_editor_answers(config: Settings, ada: User, eve: User) -> None:
    case_id = start(config, ada)
    with pytest.raises(NotAllowed), session(config) as opened:
        cases.answer(opened, ada, case_id, "Yes.")
    with session(config) as opened:
        cases.answer(opened, eve, case_id, " Most likely not him. ")
    found = whole(config, case_id)
    assert (found.answer, found.answered_by) == ("Most likely not him.", eve) and found.answered_at is not None


def test_a_closed_case_changes_only_after_it_is_reopened(config: Settings, ada: User, eve: User) -> None:
    case_id, one = start(config, ada), clip(config)
    with session(config) as opened:
        cases.close(opened, ada, case_id)
    tries = (
        lambda opened: cases.change(opened, ada, case_id, Asked("x")),
        lambda opened: cases.add_item(opened, ada, case_id, one),
        lambda opened: cases.comment(opened, ada, case_id, "x"),
        lambda opened: cases.answer(opened, eve, case_id, "x"),
        lambda opened: cases.close(opened, ada, case_id),
    )
    for attempt in tries:
        with pytest.raises(TelltaleError, match="closed"), session(config) as opened:
            attempt(opened)
    with session(config) as opened:
        cases.reopen(opened, ada, case_id)
        cases.comment(opened, ada, case_id, "Something new came in.")
    found = whole(config, case_id)
    assert (found.status, found.closed_at, found.comments[0].text) == ("open", None, "Something new came in.")


def test_without_a_role_nobody_works_on_a_case(config: Settings, ada: User) -> None:
    nobody, case_id, one = person(config, "nobody", None), start(config, ada), clip(config)
    tries = (
        lambda opened: cases.start(opened, nobody, Asked("x")),
        lambda opened: cases.change(opened, nobody, case_id, Asked("x")),
        lambda opened: cases.add_item(opened, nobody, case_id, one),
        lambda opened: cases.remove_item(opened, nobody, case_id, one),
        lambda opened: cases.comment(opened, nobody, case_id, "x"),
        lambda opened: cases.answer(opened, nobody, case_id, "x"),
        lambda opened: cases.close(opened, nobody, case_id),
        lambda opened: cases.reopen(opened, nobody, case_id),
    )
    for attempt in tries:
        with pytest.raises(NotAllowed), session(config) as opened:
            attempt(opened)


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (CaseFilter(), ["Übung", "Flood", "Speech"]),
        (CaseFilter("übung"), ["Übung"]),
        (CaseFilter("100%"), ["Flood"]),
        (CaseFilter("politics"), ["Speech"]),
        (CaseFilter(status="closed"), ["Flood"]),
        (CaseFilter(tag="war"), ["Speech"]),
        (CaseFilter(overdue=True), ["Speech"]),
        (CaseFilter(assignee=1), ["Übung"]),
        (CaseFilter("nothing like it"), []),
    ],
)
def test_the_list_finds_what_was_meant(config: Settings, wanted: CaseFilter, titles: list[str]) -> None:
    start(config, DESK, "Speech", requester="Politics", tags=("war",), deadline=now() - timedelta(hours=1))
    flood = start(config, DESK, "Flood", question="Is it 100% real?", deadline=now() - timedelta(hours=1))
    with session(config) as opened:
        cases.close(opened, DESK, flood)
    start(config, DESK, "Übung", assignees=(DESK.id,), deadline=SOON)
    with session(config) as opened:
        found = case_file.search(opened, wanted)
        assert case_file.tags(opened) == ["war"]
        assert [title for _, title in case_file.open_titles(opened)] == ["Übung", "Speech"]
    assert [row.title for row in found.rows] == titles and found.total == len(titles)


def test_the_log_tells_the_story_of_a_case(config: Settings, ada: User, eve: User) -> None:
    case_id, one = start(config, ada), clip(config)
    with session(config) as opened:
        cases.add_item(opened, ada, case_id, one)
        cases.comment(opened, ada, case_id, "Look at the mouth.")
        cases.answer(opened, eve, case_id, "No.")
        cases.close(opened, eve, case_id)
    with session(config) as opened:
        story = [(event.actor, event.action) for event in audit.events(opened, f"case:{case_id}")][::-1]
    assert story == [
        ("ada", "case.opened"),
        ("ada", "case.item_added"),
        ("ada", "case.comment"),
        ("eve", "case.answered"),
        ("eve", "case.closed"),
    ]
