"""The chain is recomputed by the worker, by itself, and what it found is remembered."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.settings import Settings
from db import audit, bulk, log_checks
from db.log_checks import LogCheck
from db.models import now
from db.session import session
from pipelines.keeping.checking import check_log, check_log_nightly
from tests.actors import DESK
from tests.jobs.conftest import Desk


def last(config: Settings) -> LogCheck | None:
    with session(config) as opened:
        return log_checks.last(opened)


def write(config: Settings, days_ago: float = 0.0) -> None:
    at = now() - timedelta(days=days_ago)
    with session(config) as opened:
        bulk.pour_log(opened, [bulk.Entry(at, DESK.id, DESK.login, "note.added", "media:1", {})] * 3)


def test_a_night_checks_once(config: Settings) -> None:
    write(config)
    check_log_nightly(config)
    check_log_nightly(config)
    found = last(config)
    assert found is not None and found.found.entries == 3 and found.found.broken is None
    with session(config) as opened:
        assert audit.count(opened, action=log_checks.ACTION) == 1


def test_an_altered_entry_is_found_and_said(config: Settings) -> None:
    write(config)
    with session(config) as opened:
        opened.execute(text("DROP TRIGGER audit_event_no_update"))
        opened.execute(text("UPDATE audit_event SET actor = 'eve' WHERE id = 2"))
    assert check_log(config).broken is not None
    found = last(config)
    assert found is not None and found.found.broken is not None and found.found.broken.number == 2


@pytest.mark.parametrize(("days_ago", "checked"), [(2.0, True), (0.1, False)])
def test_a_worker_makes_up_for_a_night_that_was_missed(desk: Desk, days_ago: float, checked: bool) -> None:
    write(desk.config, days_ago)
    desk.worker.start()
    desk.wait(desk.ask("clip.mp4"), "done")
    deadline = time.monotonic() + (60 if checked else 3)
    while last(desk.config) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (last(desk.config) is not None) == checked
