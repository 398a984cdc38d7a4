"""The one way to the database: an engine for each URL, and sessions that commit when they end well."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from core.settings import Settings, settings

BUSY_TIMEOUT = 30_000  # ms; the queue's engine waits as long


@cache
def engine(url: str) -> Engine:
    """The engine for a database URL; one a process, safe between threads."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if file := make_url(url).database:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(url)
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
