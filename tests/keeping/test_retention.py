"""Rules are listed first, spare what is held or used, and delete like an admin would."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.settings import Settings
from db import audit, holds
from db.models import Analysis, Media, now
from db.session import session
from pipelines.keeping import retention
from pipelines.keeping.retention import apply, due
from pipelines.originals import path_of
from tests.actors import DESK
from tests.keeping.desks import closed_days_ago, put_case, put_file


@pytest.fixture
def old(config: Settings) -> Settings:
    """Six files, all 100 days old: in an old closed case, one held, one closed lately; one loose, one analysed lately,
    one held."""
    for letter in "abcdef":
        put_file(config, letter)
    then = now() - timedelta(days=100)
    with session(config) as opened:
        opened.execute(update(Media).values(added_at=then))
        opened.execute(update(Analysis).where(Analysis.media_id != 5).values(created_at=then))
    for number, days in ((1, 50), (2, 50), (3, 5)):
        closed_days_ago(config, put_case(config, number, title=f"Case {number}"), days)
    with session(config) as opened:
        holds.put(opened, DESK, "case:2", "Court order")
        holds.put(opened, DESK, "media:6", "Court order")
    return config.model_copy(update={"keep_closed_cases": 30, "keep_loose_files": 60})


def test_without_rules_nothing_is_due(old: Settings) -> None:
    none = old.model_copy(update={"keep_closed_cases": None, "keep_loose_files": None})
    assert list(due(none).lines()) == []


def test_what_is_due_is_listed_and_nothing_is_touched(old: Settings) -> None:
    found = due(old)
    assert [(one.id, one.held) for one in found.cases] == [(1, False), (2, True)]
    assert [(one.id, one.held) for one in found.files] == [(4, False), (6, True)]
    lines = list(found.lines())
    assert lines[0].startswith("case 1 · Case 1 · closed") and lines[1].endswith("stays, under legal hold")
    assert path_of(old.home, "a" * 64).is_file()


def test_the_rules_delete_what_is_due_alone(old: Settings) -> None:
    assert apply(old) == []
    there = {letter: path_of(old.home, letter * 64).is_file() for letter in "abcdef"}
    assert there == {"a": False, "b": True, "c": True, "d": False, "e": True, "f": True}
    with session(old) as opened:
        gone = audit.events(opened, action="media.deleted")
        assert {(one.subject, one.details["rule"], one.actor) for one in gone} == {
            ("media:1", "case closed", "desk"), ("media:4", "in no case", "desk"),
        }  # fmt: skip
        assert audit.verify(opened).broken is None
    assert [one.id for one in due(old).cases] == [2]


def test_a_clock_that_runs_ahead_makes_nothing_due(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    truly = due(old)
    monkeypatch.setattr(retention, "now", lambda: now() + timedelta(days=400))
    assert due(old) == truly
    monkeypatch.undo()
    monkeypatch.setattr(retention, "moment", lambda _opened: now() + timedelta(days=400))
    assert due(old) == truly
