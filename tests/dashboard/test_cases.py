"""Cases: opened, filled, discussed, answered, closed; and found again."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from db import case_file, cases, reports, verdicts
from db.case_file import CaseFile
from db.cases import Asked
from db.models import now
from db.rights import User
from db.session import session
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, put_clip, store, track


def start(config: Settings, title: str = "The speech", **more: object) -> int:
    with session(config) as opened:
        return cases.start(opened, DESK, Asked(title, **more))  # type: ignore[arg-type]


def filled(config: Settings) -> int:
    """A case with two exhibits, the first of them judged."""
    number = start(config, question="Is it him?")
    store(config, evidence(clip("one.mp4", "1" * 64), (track("A", 3.0, "signs"),)), (("A", 2),))
    store(config, evidence(clip("two.mp4", "2" * 64), (track("A", -2.0, "no_signs"),)))
    with session(config) as opened:
        for media_id in (1, 2):
            cases.add_item(opened, DESK, number, media_id)
        verdicts.give(opened, DESK, 1, verdicts.Said("authentic", "high", "I was there."))
    return number


def whole(config: Settings, number: int) -> CaseFile:
    with session(config) as opened:
        found = case_file.get(opened, number)
    assert found is not None
    return found


def press(desk: AppTest, label: str) -> AppTest:
    next(button for button in desk.button if button.label == label).click()
    return desk.run()


def write(desk: AppTest, label: str, text: str) -> None:
    fields = [*desk.text_input, *desk.text_area]
    next(field for field in fields if field.label == label).set_value(text)


def links(desk: AppTest) -> str:
    return "\n".join(link.proto.label for link in desk.get("page_link"))


def test_an_empty_list_teaches(opened: Open) -> None:
    assert "No cases yet" in text_of(opened("cases"))


def test_a_new_case_opens_its_page(config: Settings, opened: Open) -> None:
    desk = opened("cases")
    write(desk, "Title", "The <b>speech</b>")
    write(desk, "Question to answer", "Is it him?")
    desk = press(desk, "Open the case")
    assert whole(config, 1).question == "Is it him?"
    assert "## The \\<b\\>speech" in text_of(desk)
    assert desk.query_params["case"] == "1"


def test_a_case_needs_a_title(opened: Open) -> None:
    assert "A case needs a title" in text_of(press(opened("cases"), "Open the case"))


def test_the_list_shows_open_cases_and_what_is_late(config: Settings, opened: Open) -> None:
    start(config, "Late one", deadline=now() - timedelta(hours=1), tags=("war",))
    closed = start(config, "Closed one")
    with session(config) as database:
        cases.close(database, DESK, closed)
    desk = opened("cases")
    assert "Late one" in links(desk) and "Closed one" not in links(desk)
    assert "overdue since" in text_of(desk)
    assert "Closed one" in links(opened("cases", state="Closed"))
    assert "Late one" in links(opened("cases", find="late"))
    assert "No case fits" in text_of(opened("cases", find="nothing like it"))


@pytest.mark.parametrize("number", ["99", "x", "9" * 17])
def test_an_unknown_case_says_so(opened: Open, number: str) -> None:
    assert "not on this desk" in text_of(opened("case", case=number))


def test_everything_about_a_case_is_on_one_page(config: Settings, opened: Open) -> None:
    desk = opened("case", case=str(filled(config)))
    words = text_of(desk)
    assert "Is it him\\?" in words and "Empty until an editor signs it" in words
    assert "1 · one\\.mp4" in links(desk) and "2 · two\\.mp4" in links(desk)
    assert "Signs of manipulation" in words and "Authentic" in words  # side by side, though they disagree
    assert "No verdict yet" in words
    assert "opened the case" in words and "gave a verdict\\: authentic" in words


def test_exhibits_move_and_leave(config: Settings, opened: Open) -> None:
    number = filled(config)
    desk = opened("case", case=str(number))
    desk.button(key="move-2--1").click().run()
    assert [one.media_id for one in whole(config, number).exhibits] == [2, 1]
    desk.button(key="out-2").click().run()
    assert [one.media_id for one in whole(config, number).exhibits] == [1]
    desk.button(key="add-2").click().run()
    assert [one.media_id for one in whole(config, number).exhibits] == [1, 2]


def test_a_case_is_discussed_answered_closed_and_reopened(config: Settings, opened: Open) -> None:
    number = start(config)
    desk = opened("case", case=str(number))
    write(desk, "Say something", "Look at *this*.")
    desk = press(desk, "Comment")
    assert "Look at \\*this\\*" in text_of(desk)
    write(desk, "The answer, in a sentence or two", "Most likely not.")
    desk = press(desk, "Sign")
    assert "Most likely not" in text_of(desk) and "Signed by The desk" in text_of(desk)
    desk = press(desk, "Close the case")
    assert whole(config, number).status == "closed"
    assert not {"Comment", "Edit", "Sign"} & {button.label for button in desk.button}
    press(desk, "Reopen")
    assert whole(config, number).status == "open"


def test_an_analyst_is_not_offered_to_sign(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada: User = person(config, "ada")
    monkeypatch.setattr(who, "holder", lambda _config, _secret: ada)
    desk = opened("case", case=str(start(config)))
    assert "Sign" not in {button.label for button in desk.button} and "Comment" in {b.label for b in desk.button}


def test_what_a_case_says_can_be_changed(config: Settings, opened: Open) -> None:
    number = start(config, "Old title", tags=("war",), assignees=(DESK.id,))
    desk = opened("case", case=str(number))
    write(desk, "Title", "New title")
    press(desk, "Save")
    found = whole(config, number)
    assert (found.title, found.tags, found.assignees) == ("New title", ("war",), (DESK,))


def test_a_report_about_the_case_is_asked_for_on_its_page(config: Settings, opened: Open) -> None:
    number = filled(config)
    desk = opened("case", case=str(number))
    desk.button(key=f"export-case-{number}-csv").click().run(timeout=60)
    with session(config) as database:
        (row,) = reports.of_subject(database, f"case:{number}")
    assert f"(/reports/{row.file_name})" in text_of(desk)


def test_review_puts_the_analysis_looked_at_into_a_case(config: Settings, opened: Open) -> None:
    number = start(config)
    put_clip(config, "c" * 64)
    analysis = store(config, evidence(clip(), (track("A", 3.0, "signs"),)), (("A", 2),))
    desk = opened("review", analysis=str(analysis))
    next(field for field in desk.selectbox if field.label == "Add this file to").set_value(number)
    press(desk.run(), "Add")
    (exhibit,) = whole(config, number).exhibits
    assert (exhibit.analysis_id, exhibit.pinned) == (analysis, True)
    assert "The speech" in links(desk)
