"""The small sums behind what is shown."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st

from core.evidence import FrameScore
from core.settings import ROOT, Settings
from core.units import clock, coding, size
from dashboard.components import retrying
from dashboard.components.person_panel import person_at
from dashboard.components.player import Moment
from dashboard.components.retrying import cancel_job, hurry_job, pause_job, resume_job, retry_job
from dashboard.components.score_chart import score_chart
from dashboard.components.wording import ago, paragraphs, plain, span
from db import jobs
from db.rights import User
from db.session import session
from pipelines.log_words import PHRASES, told, untold
from tests.dashboard.stored import clip, evidence, quality, track


def test_times_and_sizes_in_words() -> None:
    assert clock(12.4799) == "00:12.480"
    assert clock(3723.0005) == "1:02:03.000"
    assert clock(59.9996) == "01:00.000"
    assert (span(47.2), span(3723)) == ("0:47", "1:02:03")
    assert (size(900), size(13_002_342)) == ("900 bytes", "12.4 MB")
    assert ago(datetime.now(UTC) - timedelta(minutes=5)) == "5 min ago"


def test_codings_in_the_words_of_people() -> None:
    assert (coding("h264", "mov"), coding("jpeg", "jpeg"), coding("prores", "mov")) == (
        "H.264 in MOV", "JPEG", "PRORES in MOV")  # fmt: skip


def test_what_a_sentence_of_the_log_leaves_out_is_kept_for_those_who_want_all() -> None:
    details = {"name": "a.mp4", "bytes": 7, "origin": None, "links": []}
    assert told("media.received", details) == "took in a.mp4"
    assert untold("media.received", details) == {"bytes": 7}
    assert untold("of.a.later.version", details) == {"name": "a.mp4", "bytes": 7}


def test_whatever_is_written_into_the_log_has_a_sentence() -> None:
    written = re.compile(r'record\(\s*(?:[\w.]+,\s*){1,3}"([a-z_.]+)"')
    sources = [path for part in ("pipelines", "db", "dashboard") for path in (ROOT / part).rglob("*.py")]
    actions = {action for path in sources for action in written.findall(path.read_text("utf-8"))}
    assert len(actions) > 50
    assert not actions - PHRASES.keys()


@pytest.mark.parametrize("press", [cancel_job, hurry_job, pause_job, resume_job, retry_job])
def test_a_button_says_why_it_may_not(press: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(retrying, "user", lambda: User(9, "ada", "Ada", None, True))
    monkeypatch.setattr(st, "toast", lambda text, **_: said.append(text))
    press(1)
    assert said == ["An admin must give you a role first\\."]


def test_a_key_pressed_twice_does_not_say_that_a_worker_took_the_job(
    config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda text, **_: said.append(text))
    with session(config) as opened:
        job_id = jobs.add(opened, None, "a.mp4", "normal").id
    for press in (hurry_job, hurry_job, pause_job, pause_job):
        press(job_id)
    assert said == []
    with session(config) as opened:
        opened.get_one(jobs.Job, job_id).state = "running"
    for press in (hurry_job, pause_job):
        press(job_id)
    assert said == ["A worker has just taken it up."] * 2


@pytest.mark.parametrize("name", ["a*b*", ":red[x]", "<b>", "a\nb", "$x$", "`x`", "![i](u)"])
def test_plain_text_has_no_markup_left(name: str) -> None:
    shown = plain(name)
    assert "\n" not in shown
    assert shown.replace("\\", "") == name.replace("\n", " ")
    assert all(shown[i - 1] == "\\" for i, letter in enumerate(shown) if letter in "*:[]<>$`!()")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ada@desk.example", r"ada:color[\@]desk\.example"),
        ("Http://x.example", r"Http:color[\:]\/\/x\.example"),
        ("WWW.x.example", r"WWW:color[\.]x\.example"),
        (":material_check:", r":color[\:]material\_check\:"),
    ],
)
def test_nothing_comes_alive_that_looks_like_an_address_or_an_icon(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_addresses_in_what_people_wrote_stay_links() -> None:
    assert paragraphs("See\n\nhttps://x.example") == "See\n\nhttps\\:\\/\\/x\\.example"


def test_the_chart_breaks_where_nobody_was_judged() -> None:
    whole = track("A", 1.0, "inconclusive")
    later = FrameScore(90, 4.5, (0, 0, 9, 9), 0.4, -0.4, quality(80))
    unjudged = FrameScore(91, 4.55, (0, 0, 9, 9), None, None, quality(8, ("small",)))
    person = type(whole)("A", 0.0, 4.55, "inconclusive", 0.7, 1.0, (*whole.frames, later, unjudged))
    figure = score_chart(evidence(clip(), (person,)), {"signs": 0.8, "no_signs": 0.3})
    assert list(figure.data[0].x) == [*(i / 4 for i in range(10)), None, 4.5]
    assert len([shape for shape in figure.layout.shapes if shape.type == "rect"]) == 3


def test_the_person_asked_for_else_the_strongest_there() -> None:
    found = evidence(clip(), (track("A", -2.0, "no_signs"), track("B", 3.0, "signs")))
    strongest, asked = person_at(found, Moment(1.0)), person_at(found, Moment(1.0, "A"))
    assert strongest and strongest.id == "B"
    assert asked and asked.id == "A"
    assert person_at(found, Moment(4.9)) is None
