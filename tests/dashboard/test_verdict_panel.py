"""The verdict and the notes on Review: given, changed, confirmed, signed off; a click on a note goes to its moment."""

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from db import notes, verdicts
from db.rights import User
from db.session import session
from db.verdicts import Said, VerdictRow
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track


@pytest.fixture
def analysis(config: Settings) -> str:
    return str(store(config, evidence(clip(), (track("A", 3.0, "signs"),)), (("A", 2),)))


def looks(monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    """Whoever looks at the page is this user."""
    monkeypatch.setattr(who, "holder", lambda _config, _secret: user)


def give(config: Settings, actor: User, reason: str = "The mouth slips.") -> int:
    with session(config) as opened:
        return verdicts.give(opened, actor, 1, Said("manipulated", "high", reason, None, ("https://a.example/x",)))


def current(config: Settings) -> VerdictRow | None:
    with session(config) as opened:
        return verdicts.current(opened, 1)


def fill(desk: AppTest, picture: str | None, reason: str) -> AppTest:
    """Fill the form of a verdict in and send it."""
    desk.radio[0].set_value(picture)
    next(area for area in desk.text_area if area.label == "Why").set_value(reason)
    next(button for button in desk.button if button.label.endswith("the verdict")).click()
    return desk.run()


def test_a_verdict_is_given(config: Settings, opened: Open, analysis: str) -> None:
    desk = opened("review", analysis=analysis)
    assert "Nobody has judged this file yet" in text_of(desk)
    desk = fill(desk, "misleading", "The clip is from 2019.")
    found = current(config)
    assert found is not None and (found.picture, found.confidence, found.user) == ("misleading", "medium", DESK)
    assert found.analysis_id == int(analysis)
    words = text_of(desk)
    assert "Genuine, misleading context" in words and "The clip is from 2019\\." in words


@pytest.mark.parametrize(
    ("picture", "reason", "why"), [(None, "x", "Say what the picture is"), ("authentic", " ", "Say why")]
)
def test_half_a_verdict_is_refused_and_says_what_is_missing(
    config: Settings, opened: Open, analysis: str, picture: str | None, reason: str, why: str
) -> None:
    desk = fill(opened("review", analysis=analysis), picture, reason)
    assert why in text_of(desk) and current(config) is None


def test_the_machine_and_the_person_stand_side_by_side(config: Settings, opened: Open, analysis: str) -> None:
    give(config, DESK)
    captions = [caption.value for caption in opened("review", analysis=analysis).caption]
    assert "MACHINE EVIDENCE" in captions and "HUMAN VERDICT" in captions


def test_sound_is_judged_only_where_there_is_some(opened: Open, analysis: str) -> None:
    assert not [box for box in opened("review", analysis=analysis).selectbox if box.label == "The sound is"]


def test_a_second_analyst_confirms_and_an_editor_signs_off(
    config: Settings, opened: Open, analysis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(config, DESK)
    looks(monkeypatch, person(config, "ada"))
    desk = opened("review", analysis=analysis)
    assert "Sign off" not in labels(desk)
    next(button for button in desk.button if button.label == "Confirm").click().run()
    looks(monkeypatch, person(config, "eve", "editor"))
    desk = opened("review", analysis=analysis)
    next(button for button in desk.button if button.label == "Sign off").click().run()
    found = current(config)
    assert found is not None and found.opinions[0].user.login == "ada" and found.sign_off is not None
    assert "**Ada** confirms" in text_of(desk) and "**Signed off** by Eve" in text_of(desk)
    assert "Sign off" not in labels(desk)


def test_nobody_is_offered_to_confirm_her_own(
    config: Settings, opened: Open, analysis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person(config, "ada", "editor")
    give(config, ada)
    looks(monkeypatch, ada)
    assert not {"Confirm", "Sign off", "Dissent"} & labels(opened("review", analysis=analysis))


def test_a_changed_verdict_stays_readable(config: Settings, opened: Open, analysis: str) -> None:
    give(config, DESK, "First thought.")
    desk = fill(opened("review", analysis=analysis), "inconclusive", "On second thought.")
    words = text_of(desk)
    assert "First thought" in words and "no longer holds" in words and "On second thought" in words
    assert "Earlier verdicts (1)" in {expander.label for expander in desk.expander}


def test_what_people_write_is_never_markup(config: Settings, opened: Open, analysis: str) -> None:
    give(config, DESK, "<b>bold</b> :red[no] [a](http://b)")
    assert "\\<b\\>bold" in text_of(opened("review", analysis=analysis))


def test_a_note_is_pinned_where_the_player_stands_and_leads_there(
    config: Settings, opened: Open, analysis: str
) -> None:
    desk = opened("review", analysis=analysis, t="1.250", person="A")
    area = next(area for area in desk.text_area if area.label.startswith("A note at 00:01.250 · person A"))
    area.set_value("The mouth slips here.")
    next(button for button in desk.button if button.label == "Pin it here").click()
    desk.run()
    with session(config) as opened_:
        (note,) = notes.of_analysis(opened_, int(analysis))
    assert (note.time, note.track, note.text) == (1.25, "A", "The mouth slips here.")
    desk = opened("review", analysis=analysis, t="0.000")
    desk.button(key=f"note-{note.id}").click().run()
    assert desk.query_params["t"] == "1.250"
    desk.button(key=f"unnote-{note.id}").click().run()
    with session(config) as opened_:
        assert notes.of_analysis(opened_, int(analysis)) == []


def labels(desk: AppTest) -> set[str]:
    return {button.label for button in desk.button}
