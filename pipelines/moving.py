"""A desk moves from SQLite to PostgreSQL: all of it or nothing, and compared before it counts."""

from collections.abc import Callable

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, jobs, moving, workers
from db.migrate import migrate
from db.moving import Compared
from db.session import session
from pipelines.jobs import enqueue


def move(old: Settings, new: Settings, tell: Callable[[Compared], None]) -> int:
    """Copy the desk; gives how many jobs wait on the new one, which are asked for anew there.

    The old database stays as it is, and nobody can write to it meanwhile. The files in `home` are not touched.

    Raises:
        TelltaleError: `not_sqlite`, `not_postgresql`, `other_version`, `workers_alive`, `not_empty`, or `not_the_same`
            where the copy differs; then nothing of it is kept.
    """
    _require_kinds(old, new)
    with session(old) as source:
        moving.hold(source)
        moving.require_newest(source)
        if workers.alive(source):
            raise TelltaleError("workers_alive", "A worker is still at work. Stop the desk and its workers first.")
        migrate(new)
        with session(new) as target:
            moving.require_empty(target)
            _copy(source, target, tell)
            return _ask_anew(target, new)


def _require_kinds(old: Settings, new: Settings) -> None:
    kinds = [make_url(one.resolved_database_url()).get_backend_name() for one in (old, new)]
    if kinds[0] != "sqlite":
        raise TelltaleError("not_sqlite", "Name the old database as sqlite:////folder/telltale.sqlite.")
    if kinds[1] != "postgresql":
        raise TelltaleError("not_postgresql", "Name the new database as postgresql://user:password@host/name.")


def _copy(source: Session, target: Session, tell: Callable[[Compared], None]) -> None:
    for table in moving.tables():
        moving.copy(source, target, table)
    compared = [moving.compare(source, target, table) for table in moving.tables()]
    for one in compared:
        tell(one)
    if differing := moving.failed(compared):
        raise TelltaleError("not_the_same", f"The copy is not the same: {', '.join(differing)}. Nothing was kept.")
    if broken := audit.verify(target, audit.head(source)).broken:
        raise TelltaleError("not_the_same", f"The log breaks at entry {broken.number}: {broken.why}. Nothing was kept.")


def _ask_anew(target: Session, new: Settings) -> int:
    """The queue's own tables don't move: what they knew of jobs that wait is in ours."""
    waiting = jobs.put_back(target)
    for job in waiting:
        enqueue(target, new, job)
    return len(waiting)
