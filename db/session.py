"""The one way to the database: an engine for each URL, and sessions that commit when they end well."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from core.settings import Settings, settings
from db.models import UtcDateTime

BUSY_TIMEOUT = 30_000  # ms; the queue's engine waits as long
# A database server that went away is noticed within half a minute, not after the two hours of TCP.
REACH = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
AWAY = 60.0  # s that work waits for a database which doesn't answer
AGAIN = 1.0  # s between two tries

log = logging.getLogger("telltale.database")
T = TypeVar("T")


@cache
def engine(url: str) -> Engine:
    """The engine for a database URL; one a process, safe between threads."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args=REACH, hide_parameters=True)
    if file := make_url(url).database:
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = create_engine(url, hide_parameters=True)  # an error that is logged names no file and no person
    event.listen(made, "connect", _set_up_sqlite)
    event.listen(made, "savepoint", _begin_first)
    return made


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # A transaction that begins as a reader can't wait for a lock once it turns writer; one that begins as a
    # writer can.
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_first(connection: Connection, _name: str) -> None:
    """Python's driver begins at the first change, and takes a savepoint for none: releasing it would commit."""
    driver = connection.connection.driver_connection
    assert driver is not None
    if not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE")


@contextmanager
def session(config: Settings | None = None) -> Iterator[Session]:
    """A session on the desk's database: committed at the end, rolled back if anything is raised."""
    url = (config or settings()).resolved_database_url()
    with sessionmaker(engine(url), expire_on_commit=False).begin() as opened:
        yield opened


def begin_writing(session: Session) -> None:
    """In SQLite nobody else writes until the transaction ends; PostgreSQL locks rows, and waits for none here."""
    if session.get_bind().dialect.name == "sqlite":
        _begin_first(session.connection(), "")


def moment(session: Session) -> datetime:
    """This moment by the database's clock, which all machines share."""
    found = session.scalar(select(func.now(type_=UtcDateTime())))
    assert found is not None
    return found


def patiently(work: Callable[[], T]) -> T:
    """Do work that may be done twice, and again where the database goes away in the middle of it.

    Raises:
        sqlalchemy.exc.OperationalError: it was away for more than a minute.
    """
    deadline = None
    while True:
        try:
            return work()
        except OperationalError as error:
            deadline = deadline or time.monotonic() + AWAY  # the work itself may take hours
            if time.monotonic() > deadline:
                raise
            log.warning("the database went away, trying again: %s", error.orig)
            time.sleep(AGAIN)
