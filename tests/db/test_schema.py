"""The database itself: its shape, its pragmas, its times."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from core.settings import ROOT, Settings
from db import media
from db.migrate import alembic_config, migrate
from db.models import Base, Job, Media, MediaName
from db.session import engine, session
from tests.db.conftest import info
from tests.postgresql import create, needs_postgresql


def test_models_and_migrations_agree(either: Settings) -> None:
    command.check(alembic_config(either.resolved_database_url()))


def test_migrations_are_one_chain(config: Settings) -> None:
    chain = ScriptDirectory.from_config(alembic_config(config.resolved_database_url()))
    assert len(chain.get_heads()) == 1


@pytest.mark.parametrize("module", ["db.moving", "db.deletion"])
def test_whoever_goes_over_all_tables_knows_them_all(module: str) -> None:
    written = {name for path in (ROOT / "db").glob("models*.py")
               for name in re.findall(r'__tablename__ = "(\w+)"', path.read_text("utf-8"))}  # fmt: skip
    asked = f"import {module}; from db.models import Base; print(*Base.metadata.tables)"  # as a program of its own
    known = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True, capture_output=True, text=True)
    assert written <= set(known.stdout.split())


def test_migrating_again_changes_nothing(config: Settings) -> None:
    with session(config) as opened:
        media.add(opened, info())
    migrate(config)
    with session(config) as opened:
        assert media.by_sha256(opened, info().sha256) == info()


def test_two_may_migrate_at_once(tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "fresh")
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrate, [config, config]))
    command.check(alembic_config(config.resolved_database_url()))


@needs_postgresql
def test_two_machines_may_migrate_at_once(tmp_path: Path, postgresql: str) -> None:
    url = create(postgresql, "fresh")
    machines = [Settings(home=tmp_path / name, database_url=url) for name in ("one", "other")]
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrate, machines))
    command.check(alembic_config(url))
    engine(url).dispose()


def test_going_down_leaves_only_the_queue(config: Settings) -> None:
    url = config.resolved_database_url()
    command.downgrade(alembic_config(url), "base")
    found = inspect(engine(url))
    assert not set(found.get_table_names()) & set(Base.metadata.tables)
    assert "workflow_status" in found.get_table_names(schema="dbos" if config.database_url else None)


@pytest.mark.parametrize("either", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 30_000)],
)
def test_sqlite_is_set_up(config: Settings, pragma: str, value: object) -> None:
    with session(config) as opened:
        assert opened.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_row_without_its_parent_is_refused(config: Settings) -> None:
    with pytest.raises(IntegrityError), session(config) as opened:
        opened.add(MediaName(media_id=4711, name="x"))


def test_a_session_that_fails_leaves_nothing(config: Settings) -> None:
    with pytest.raises(ZeroDivisionError), session(config) as opened:
        media.add(opened, info())
        raise ZeroDivisionError
    with session(config) as opened:
        assert media.is_empty(opened)


def test_times_come_back_aware_and_in_utc(config: Settings) -> None:
    there = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2)))
    with session(config) as opened:
        opened.add(Job(name="x", created_at=there))
    with session(config) as opened:
        kept = opened.scalars(select(Job.created_at)).one()
    assert kept == there and kept.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(config: Settings) -> None:
    with pytest.raises(StatementError, match="without a zone"), session(config) as opened:
        opened.add(Job(name="x", created_at=datetime(2026, 1, 2)))  # noqa: DTZ001


def test_deleting_a_file_takes_all_that_hangs_on_it(config: Settings) -> None:
    with session(config) as opened:
        media.add(opened, info())
    with session(config) as opened:
        opened.execute(text("DELETE FROM media"))
        assert _count(opened, MediaName) == _count(opened, Media) == 0


def _count(opened: Session, table: type[Base]) -> int:
    return len(opened.scalars(select(table)).all())
