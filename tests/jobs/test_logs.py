"""One analysis can be followed by its job's number, from the page that asked for it to the row that was stored."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import logs
from core.errors import AnalysisFailed
from core.settings import Settings
from db.session import session
from pipelines.confine import Confined, Limits, Reach
from pipelines.jobs import submit
from tests.actors import DESK
from tests.jobs.conftest import Desk

STAGES = ["check", "examine", "store", "trace", "shadow"]
NAME = "what somebody called it.mp4"
pytestmark = pytest.mark.parametrize("either", ["sqlite"], indirect=True)

Line = dict[str, Any]


@pytest.fixture
def page() -> Iterator[io.StringIO]:
    """What the process that asks writes, as JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Json("desk"))
    ours = logging.getLogger(logs.OURS)
    before = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    yield written
    ours.removeHandler(handler)
    ours.setLevel(before)


@pytest.fixture
def told(either: Settings) -> Desk:
    """A desk whose processes write JSON."""
    return Desk(either.model_copy(update={"log_format": "json"}))


def lines(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines()]


def of_worker(desk: Desk) -> list[Line]:
    """What its worker has written."""
    return lines(Path(desk.worker.log).read_text("utf-8"))


def test_one_analysis_is_followed_by_its_job(told: Desk, page: io.StringIO) -> None:
    job, other = told.ask(NAME), told.ask("steps.mp4")
    told.worker.start()
    try:
        told.wait(job, "done", 240), told.wait(other, "done", 240)
    finally:
        told.worker.stop()
    written = [*lines(page.getvalue()), *of_worker(told)]
    followed = [one for one in written if one.get("job") == job]
    sha256 = {one["media"] for one in followed}
    assert [one["message"] for one in followed[:2]] == ["queued, attempt 1", "taken up"]
    assert [one["process"] for one in followed[:2]] == ["desk", "worker"]
    begun = [one["stage"] for one in followed if one["message"] == "begun"]
    ended = [one["stage"] for one in followed if one["message"].startswith("done, after") and "stage" in one]
    assert begun == ended == STAGES and followed[-1]["message"].startswith("done, after")
    assert [
        one["message"] for one in followed if one.get("stage") == "examine" and "comes to" in one["message"]
    ]
    assert len(sha256) == 1 and len(sha256.pop()) == 64
    assert {one["job"] for one in written if "job" in one} == {job, other}
    assert [one["at"] for one in followed] == sorted(one["at"] for one in followed)
    assert NAME not in json.dumps(written) and "steps.mp4" not in json.dumps(written)


def test_nothing_is_said_of_what_was_not_queued_after_all(told: Desk, page: io.StringIO) -> None:
    told.ask("once.mp4")
    with pytest.raises(ZeroDivisionError), session(told.config) as opened:
        submit(opened, told.config, DESK, 1, "again.mp4", "urgent", 2.0)
        raise ZeroDivisionError
    assert [one["job"] for one in lines(page.getvalue())] == [1]


def test_the_confined_process_says_what_it_is_about(either: Settings, page: io.StringIO) -> None:
    child = Confined("tests.jobs.fake_tasks:broken", Limits(1 << 30, 20.0), Reach())
    with (
        child,
        logs.about(job=7, media="a" * 64, stage="examine"),
        pytest.raises(AnalysisFailed, match="fault"),
    ):
        child.call({})
    (last,) = [one for one in lines(page.getvalue()) if "said last" in one["message"]]
    assert (last["job"], last["media"], last["stage"]) == (7, "a" * 64, "examine")
    assert "a line of its own" in last["message"] and "\n" not in page.getvalue().rstrip(
        "\n"
    )  # it forges no line


def test_lines_for_people_name_the_file(either: Settings) -> None:
    record = logging.LogRecord("telltale.worker", logging.INFO, "", 1, "taken up", (), None)
    with logs.about(job=3, called=NAME, media=None):
        assert logs.Plain("worker").format(record).endswith(f" worker: job 3 {NAME!r}: taken up")
        assert "media" not in json.loads(logs.Json("worker").format(record))


def test_an_error_of_the_database_names_nobody(either: Settings) -> None:
    with pytest.raises(DBAPIError) as error, session(either) as opened:
        opened.execute(text("SELECT :who FROM nowhere"), {"who": "a person's name"})
    assert "a person's name" not in str(error.value)
