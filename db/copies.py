"""The whole database as one file, as it was at one moment, while others go on writing; and back from such a file.

SQLite copies itself (its backup API); PostgreSQL has programs for it, which are started with lists of arguments and
hear the password from their environment alone, where no other user can read it.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db.session import engine

DEBIAN = Path("/usr/lib/postgresql")  # keeps the programs of each version off the path
Read = TypeVar("Read")


def kind(config: Settings) -> str:
    """Which database the desk has: "sqlite" or "postgresql"."""
    return make_url(config.resolved_database_url()).get_backend_name()


def take(config: Settings, file: Path, read: Callable[[Session], Read]) -> Read:
    """Copy the database into a file that isn't there yet; gives what `read` finds in that very state.

    Raises:
        TelltaleError: `no_program`, `not_copied`.
    """
    with _copied(config, file) as session:
        return read(session)


def put_back(config: Settings, file: Path) -> None:
    """Fill an empty database from such a file.

    Raises:
        TelltaleError: `no_program`, `not_copied`.
    """
    url = make_url(config.resolved_database_url())
    if kind(config) == "sqlite":
        assert url.database is not None
        shutil.copyfile(file, url.database)
        return
    arguments = ("--no-owner", "--no-comments", "--exit-on-error", "--single-transaction")
    _program("pg_restore", url, *arguments, str(file))


def is_empty(config: Settings) -> bool:
    """Whether the database has no table yet; a SQLite file that isn't there has none."""
    url = make_url(config.resolved_database_url())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return True
    return not inspect(engine(config.resolved_database_url())).get_table_names()


@contextmanager
def _copied(config: Settings, file: Path) -> Iterator[Session]:
    url = make_url(config.resolved_database_url())
    if kind(config) == "sqlite":
        assert url.database is not None
        _copy_sqlite(Path(url.database), file)
        reader = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
        try:
            with Session(reader) as session:
                yield session
        finally:
            reader.dispose()
        return
    with engine(config.resolved_database_url()).connect() as connection:
        shared = connection.execution_options(isolation_level="REPEATABLE READ")
        moment = shared.scalar(text("SELECT pg_export_snapshot()"))
        _program("pg_dump", url, "--format=custom", "--no-owner", f"--snapshot={moment}", f"--file={file}")
        with Session(shared) as session:
            yield session


def _copy_sqlite(source: Path, file: Path) -> None:
    """In one step: its journal (WAL) lets others write meanwhile, and what they write is not in the copy."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reader, closing(sqlite3.connect(file)) as copy:
        reader.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without companions


def _program(name: str, url: URL, *arguments: str) -> None:
    command = [str(_find(name)), *_where(url), "--no-password", *arguments]
    secret = {"PGPASSWORD": url.password} if url.password else {}
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True)
    if done.returncode:
        said = " ".join(done.stderr.split())[:500]
        raise TelltaleError("not_copied", f"{name} failed: {said}")


def _find(name: str) -> Path:
    """A program of PostgreSQL; the newest version, which reads all older ones."""
    placed = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parent.parent.name))
    if found := shutil.which(name):
        return Path(found)
    if not placed:
        raise TelltaleError("no_program", f"{name} is not here. Install PostgreSQL's client (postgresql-client).")
    return placed[-1]


def _where(url: URL) -> list[str]:
    host = url.host or url.query.get("host")
    said = {"host": host, "port": url.port, "username": url.username, "dbname": url.database}
    return [f"--{name}={value}" for name, value in said.items() if value]
