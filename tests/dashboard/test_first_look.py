"""First look: the page asks before it tells, the evidence waits too, and the answer stands by the verdict."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.evidence import Finding
from core.settings import Settings, settings
from dashboard import who
from dashboard.routes import ROUTES
from db import first_looks
from db.session import session
from pipelines.originals import path_of
from pipelines.playback import folder_of
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import CLIP, clip, evidence, put_clip, still, store, track

FINDING = Finding("strong_track", "Person A scores high.", "A", 1.5, 2.0)
ASKED = "FIRST LOOK"


@pytest.fixture
def asking(config: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A desk that asks first."""
    monkeypatch.setenv("TELLTALE_FIRST_LOOK", "1")
    settings.cache_clear()
    return settings()


@pytest.fixture
def analysis(config: Settings) -> str:
    put_clip(config, CLIP)
    return str(store(config, evidence(clip(sha256=CLIP), (track("A", 3.0, "signs"),), (FINDING,)), (("A", 2),)))


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES)) as opened:
        yield opened


def press(desk: AppTest, label: str) -> AppTest:
    next(button for button in desk.button if button.label == label).click()
    return desk.run()


def answer(desk: AppTest, said: str | None) -> AppTest:
    desk.radio[0].set_value(said)
    return press(desk, "Keep it and show what was found")


def kinds(desk: AppTest) -> set[str]:
    """Every kind of element that is on the page."""
    return {element.type for element in desk.main} | {one.type for block in desk.main for one in _within(block)}


def _within(block: object) -> Iterator[object]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _within(child)


def test_a_desk_does_not_ask_unless_it_is_told_to(opened: Open, analysis: str) -> None:
    words = text_of(opened("review", analysis=analysis))
    assert ASKED not in words and "Signs of manipulation" in words


def test_the_page_asks_before_it_tells(asking: Settings, opened: Open, analysis: str) -> None:
    desk = opened("review", analysis=analysis)
    words = text_of(desk)
    assert ASKED in words and "clip\\.mp4" in words
    for told in ("Signs of manipulation", "Person A", "Score", "HUMAN VERDICT", "badge"):
        assert told not in words
    assert not kinds(desk) & {"plotly_chart", "bidi_component", "arrow_data_frame", "tab", "imgs"}
    assert "t" not in desk.query_params and "person" not in desk.query_params  # the frame that weighs most
    (shown,) = [one.proto.body for one in desk.get("html") if "/originals/" in one.proto.body]
    assert f"/originals/{CLIP}" in shown and "<video" in shown and "controls" in shown


def test_a_file_that_was_changed_is_not_shown(asking: Settings, opened: Open, analysis: str) -> None:
    path_of(asking.home, CLIP).write_bytes(b"another clip")
    desk = opened("review", analysis=analysis)
    assert "no longer matches its hash" in desk.error[0].value
    assert not [one for one in desk.get("html") if "/originals/" in one.proto.body]


def test_what_the_page_would_tell_is_what_the_test_looks_for(opened: Open, analysis: str) -> None:
    assert {"plotly_chart", "bidi_component", "tab"} <= kinds(opened("review", analysis=analysis))


def test_a_picture_is_shown_as_one(asking: Settings, opened: Open) -> None:
    put_clip(asking, CLIP)
    number = store(asking, evidence(still(clip(sha256=CLIP)), (track("A", 3.0, "signs"),)))
    bodies = [one.proto.body for one in opened("review", analysis=str(number)).get("html")]
    assert any("<img" in body and "/originals/" in body for body in bodies)


def test_what_no_browser_plays_is_shown_from_its_copy_as_soon_as_there_is_one(asking: Settings, opened: Open) -> None:
    put_clip(asking, CLIP)
    number = store(asking, evidence(replace(clip(sha256=CLIP), codec="hevc"), (track("A", 3.0, "signs"),)))
    kept = folder_of(asking.home, CLIP) / "copy.mp4"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a copy")
    desk = opened("review", analysis=str(number))
    assert any(f"/copies/{CLIP}.mp4" in one.proto.body for one in desk.get("html"))
    assert "The original is untouched" in text_of(desk)


def test_after_the_answer_the_page_tells_and_the_answer_stands_by_the_verdict(
    asking: Settings, opened: Open, analysis: str
) -> None:
    desk = answer(opened("review", analysis=analysis), "unsure")
    assert not desk.exception
    words = text_of(desk)
    assert "Signs of manipulation" in words and ASKED not in words
    assert "First look: **could not tell** · The desk" in words and "before the machine's band was shown here" in words
    with session(asking) as found:
        assert [one.impression for one in first_looks.of_media(found, 1)] == ["unsure"]
    assert ASKED not in text_of(opened("review", analysis=analysis))


def test_no_answer_tells_nothing(asking: Settings, opened: Open, analysis: str) -> None:
    desk = answer(opened("review", analysis=analysis), None)
    assert "Say what you take it for" in text_of(desk)
    assert "Signs of manipulation" not in text_of(desk)


def test_it_can_be_skipped_with_a_reason_which_is_kept(asking: Settings, opened: Open, analysis: str) -> None:
    desk = press(opened("review", analysis=analysis), "Skip")
    assert "Say why you skip" in text_of(desk) and "Signs of manipulation" not in text_of(desk)
    desk.text_input[0].set_value("Saw <it> in the queue")
    words = text_of(press(desk, "Skip"))
    assert "First look: skipped · The desk" in words and "Saw \\<it\\> in the queue" in words
    assert "Signs of manipulation" in words


def test_everybody_is_asked_for_herself_and_sees_no_other_look_before(
    asking: Settings, opened: Open, analysis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(asking) as found:
        first_looks.give(found, DESK, 1, "synthetic")
    ada = person(asking, "ada")
    monkeypatch.setattr(who, "holder", lambda _config, _secret: ada)
    desk = opened("review", analysis=analysis)
    assert ASKED in text_of(desk) and "synthetic** · The desk" not in text_of(desk)
    words = text_of(answer(desk, "genuine"))
    assert "**looked synthetic** · The desk" in words and "**looked genuine** · Ada" in words


def test_the_list_of_the_latest_tells_no_band_before(asking: Settings, opened: Open, analysis: str) -> None:
    (label,) = [link.proto.label for link in opened("review").get("page_link")]
    assert "First look" in label and "Signs" not in label
    with session(asking) as found:
        first_looks.give(found, DESK, 1, "unsure")
    (label,) = [link.proto.label for link in opened("review").get("page_link")]
    assert "Signs" in label


def test_the_evidence_is_refused_before_and_the_clip_is_not(
    asking: Settings, client: TestClient, analysis: str
) -> None:
    early = client.get(f"/evidence/{analysis}")
    assert (early.status_code, early.headers["cache-control"]) == (403, "no-store")
    assert set(early.json()) == {"message"}
    assert client.get(f"/originals/{CLIP}").status_code == 200
    assert client.get("/evidence/999").status_code == 404
    kept = {path.stem.split("-")[-1]: path for path in (asking.home / "artifacts").rglob("*.*")}
    answers = {kind: client.get(f"/{path.relative_to(asking.home)}") for kind, path in kept.items()}
    assert {kind: answer.status_code for kind, answer in answers.items()} == {"crop": 403, "heat": 403, "frame": 200}
    with session(asking) as found:
        first_looks.skip(found, DESK, 1, "In a hurry")
    assert client.get(f"/evidence/{analysis}").json()["tracks"]
    assert client.get(f"/{kept['heat'].relative_to(asking.home)}").status_code == 200
