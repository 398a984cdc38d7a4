"""The log: it only grows, each entry seals the ones before, and whoever breaks that is found out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.settings import Settings
from db import audit, media
from db.session import engine, session
from tests.actors import DESK
from tests.db.conftest import info


@pytest.fixture
def log(config: Settings) -> Settings:
    """A desk with three entries in its log."""
    with session(config) as opened:
        audit.record(opened, DESK, "media.received", "media:1", name="é <b>", bytes=12)
        audit.record(opened, DESK, "analysis.stored", "analysis:4", media=1)
        audit.record(opened, DESK, "media.received", "media:2", name="other", score=0.1)
    return config


def verified(config: Settings, head: str | None = None) -> audit.Checked:
    with session(config) as opened:
        return audit.verify(opened, head)


def unguard(opened: Session) -> None:
    """Take the triggers away, as somebody with the keys to the database could."""
    if opened.get_bind().dialect.name == "postgresql":
        opened.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        return
    for verb in ("update", "delete", "replace"):
        opened.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))


def tampered(config: Settings, change: str) -> audit.Broken:
    """What is found after somebody with the keys to the database took the guards away and changed a row."""
    with session(config) as opened:
        unguard(opened)
        opened.execute(text(change))
    found = verified(config).broken
    assert found is not None
    return found


def test_an_entry_says_who_did_what_to_what(log: Settings) -> None:
    with session(log) as opened:
        newest, _, first = audit.events(opened)
    assert (newest.number, newest.actor, newest.action, newest.subject) == (3, "desk", "media.received", "media:2")
    assert first.details == {"name": "é <b>", "bytes": 12}
    assert first.previous == audit.FIRST and newest.at > first.at


def test_a_whole_log_holds(log: Settings) -> None:
    found = verified(log)
    assert (found.entries, found.broken) == (3, None)
    with session(log) as opened:
        assert found.head == audit.head(opened) == audit.events(opened)[0].sha256


def test_an_empty_log_holds(config: Settings) -> None:
    assert verified(config) == audit.Checked(0, audit.FIRST, None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET action = 'nothing' WHERE id = 2",
        "DELETE FROM audit_event WHERE id = 3",
        "DELETE FROM audit_event",
    ],
)
def test_the_database_refuses_to_change_it(log: Settings, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session(log) as opened:
        opened.execute(text(change))
    assert verified(log).entries == 3


def test_each_database_has_its_own_back_door_shut(log: Settings) -> None:
    replace = """INSERT OR REPLACE INTO audit_event
        SELECT id, at, actor_id, actor, 'x', subject, details, previous, sha256 FROM audit_event WHERE id = 3"""
    sqlite = engine(log.resolved_database_url()).dialect.name == "sqlite"
    with pytest.raises(DBAPIError, match="append-only"), session(log) as opened:
        opened.execute(text(replace if sqlite else "TRUNCATE audit_event"))
    assert verified(log).broken is None and verified(log).entries == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "'media.gone'"),
        ("actor", "'somebody'"),
        ("subject", "'media:9'"),
        ("details", "'{}'"),
        ("at", "'2020-01-01 00:00:00.000000'"),
        ("sha256", "'" + "0" * 64 + "'"),
    ],
)
def test_a_changed_entry_is_found(log: Settings, column: str, value: str) -> None:
    assert tampered(log, f"UPDATE audit_event SET {column} = {value} WHERE id = 2").number == 2


def test_a_removed_entry_is_found(log: Settings) -> None:
    broken = tampered(log, "DELETE FROM audit_event WHERE id = 2")
    assert broken.why == "entry 2 is missing"


def test_a_removed_end_is_found_by_whoever_noted_the_head(log: Settings) -> None:
    head = verified(log).head
    assert verified(log, head).broken is None
    with session(log) as opened:
        unguard(opened)
        opened.execute(text("DELETE FROM audit_event WHERE id = 3"))
    assert verified(log).broken is None
    assert verified(log, head).broken is not None


def test_a_change_that_is_undone_leaves_no_entry(config: Settings) -> None:
    with pytest.raises(ZeroDivisionError), session(config) as opened:
        audit.record(opened, DESK, "media.received", "media:1")
        raise ZeroDivisionError
    assert verified(config).entries == 0


def test_many_writers_make_one_chain(config: Settings) -> None:
    def write(number: int) -> None:
        with session(config) as opened:
            audit.record(opened, DESK, "report.made", f"analysis:{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert verified(config) == audit.Checked(40, verified(config).head, None)


def test_the_custody_of_a_file_includes_its_analyses(config: Settings) -> None:
    with session(config) as opened:
        media_id = media.add(opened, info())
        audit.record(opened, DESK, "media.received", f"media:{media_id}")
        audit.record(opened, DESK, "media.received", "media:99")
        assert [event.action for event in audit.of_media(opened, media_id)] == ["media.received"]


def test_entries_are_filtered_and_counted(log: Settings) -> None:
    with session(log) as opened:
        assert [event.number for event in audit.events(opened, action="media.received")] == [3, 1]
        assert [event.number for event in audit.events(opened, "media:1", "analysis:4")] == [2, 1]
        assert audit.count(opened, action="media.received", actor_id=DESK.id) == 2
        assert audit.events(opened, actor_id=77) == []
        assert audit.actions(opened) == ["analysis.stored", "media.received"]
        assert [event.number for event in audit.events(opened, limit=1, offset=1)] == [2]


def test_a_figure_that_is_no_json_is_refused(config: Settings) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"), session(config) as opened:
        audit.record(opened, DESK, "x", "media:1", score=float("nan"))
