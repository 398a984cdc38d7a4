"""A desk moves from SQLite to PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import delete, text

from core.errors import TelltaleError
from core.settings import ROOT, Settings
from db import audit, history, moving, people, workers
from db.history import Filter
from db.models import now
from db.models_people import Note
from db.session import engine, session
from pipelines.jobs import cancel
from pipelines.moving import move
from pipelines.seeding.fill import Wanted, fill
from tests.actors import DESK, person
from tests.jobs.conftest import Desk
from tests.postgresql import create, needs_postgresql

pytestmark = [needs_postgresql, pytest.mark.parametrize("either", ["sqlite"], indirect=True)]
WANTED = Wanted(analyses=40, scores=400, cases=6, until=datetime(2026, 6, 1, tzinfo=UTC))
NUMBERS = count(1)


@pytest.fixture
def empty(postgresql: str) -> Callable[[Settings], Settings]:
    """Gives the settings of a desk with an empty database of PostgreSQL instead of its own."""
    return lambda old: old.model_copy(update={"database_url": create(postgresql, f"moved_{next(NUMBERS)}")})


def ignore(_one: moving.Compared) -> None:
    """Nobody looks."""


def test_all_of_a_desk_moves_and_it_works_on_there(desk: Desk, empty: Callable[[Settings], Settings]) -> None:
    fill(desk.config, WANTED)
    waiting, never = desk.ask("waits.mp4"), desk.ask("never.mp4")
    cancel(desk.config, DESK, never)
    new, told = empty(desk.config), []
    assert move(desk.config, new, told.append) == 1
    assert not moving.failed(told) and {one.table: one.rows for one in told}["analysis"] == WANTED.analyses
    with session(desk.config) as here, session(new) as there:
        assert history.search(there, Filter("a"), limit=99) == history.search(here, Filter("a"), limit=99)
        assert audit.head(there) == audit.head(here) and not audit.verify(there).broken
        before = len(people.everybody(there))
    person(new, "new-here")  # takes the next number, which no copied row has
    with session(new) as there:
        assert len(people.everybody(there)) == before + 1
    moved = Desk(new)
    desk.worker = moved.worker  # is ended with the desk
    moved.worker.start()
    moved.wait(waiting, "done")
    moved.worker.kill()
    assert moved.job(never).state == "cancelled" and moved.examined() == ["waits.mp4"]
    engine(new.resolved_database_url()).dispose()


def test_the_command_says_what_it_compared(desk: Desk, empty: Callable[[Settings], Settings]) -> None:
    urls = [one.resolved_database_url() for one in (desk.config, empty(desk.config))]
    command = [sys.executable, "-m", "scripts.move_database", *urls]
    home = os.environ | {"TELLTALE_HOME": str(desk.config.home)}
    done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True)
    assert done.returncode == 0 and "The log holds. 0 jobs wait." in done.stdout
    assert "desk_user                    1 rows,         1 copied, the same" in done.stdout


def test_a_desk_that_is_there_is_not_overwritten(desk: Desk, empty: Callable[[Settings], Settings]) -> None:
    new = empty(desk.config)
    move(desk.config, new, ignore)
    person(new, "ada")
    with pytest.raises(TelltaleError, match="holds a desk already"):
        move(desk.config, new, ignore)
    engine(new.resolved_database_url()).dispose()


def test_while_a_worker_works_nothing_moves(desk: Desk, empty: Callable[[Settings], Settings]) -> None:
    with session(desk.config) as opened:
        workers.beat(opened, "worker-1", now())
    with pytest.raises(TelltaleError, match="still at work"):
        move(desk.config, empty(desk.config), ignore)


def test_a_copy_that_differs_is_not_kept(
    desk: Desk, empty: Callable[[Settings], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk.config, WANTED)
    new, copy = empty(desk.config), moving.copy

    def lose_a_note(source: object, target: object, table: object) -> None:
        copy(source, target, table)
        if table.name == "note":
            target.execute(delete(Note).where(Note.id == 1))

    monkeypatch.setattr(moving, "copy", lose_a_note)
    with pytest.raises(TelltaleError, match="not the same: note"):
        move(desk.config, new, ignore)
    with session(new) as there:
        moving.require_empty(there)
    engine(new.resolved_database_url()).dispose()


def test_an_old_database_of_another_version_is_refused(desk: Desk, empty: Callable[[Settings], Settings]) -> None:
    with session(desk.config) as opened:
        opened.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(TelltaleError, match="another version"):
        move(desk.config, empty(desk.config), ignore)


def test_only_from_sqlite_to_postgresql(desk: Desk) -> None:
    with pytest.raises(TelltaleError, match="Name the new database"):
        move(desk.config, desk.config, ignore)
