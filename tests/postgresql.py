"""The two databases, as tests get them. PostgreSQL is a cluster of the tests' own, in a folder that goes away."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from core.settings import Settings
from db.session import engine

NUMBERS = count(1)
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian keeps it off the path
UNPRIVILEGED = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]  # it refuses to run as root
QUICK = "-F -c listen_addresses='' -c full_page_writes=off"


def binaries() -> Path | None:
    """The folder of its programs, where it is installed."""
    found = shutil.which("initdb")
    return Path(found).parent if found else next(iter(PLACES), None)


needs_postgresql = pytest.mark.skipif(
    binaries() is None and "CI" not in os.environ,
    reason="No PostgreSQL here (Debian: apt install postgresql), so it is tested on SQLite alone.",
)

DATABASES = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@contextmanager
def fresh(request: pytest.FixtureRequest, folder: Path) -> Iterator[Settings]:
    """Settings of an empty, migrated desk on the database that the test asks for."""
    home = folder / "home"
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("empty_home"), home)
        desk = Settings(home=home)
    else:
        url = create(request.getfixturevalue("postgresql"), f"desk_{next(NUMBERS)}", "migrated")
        desk = Settings(home=home, database_url=url)
    yield desk
    engine(desk.resolved_database_url()).dispose()


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A running cluster in an empty folder; gives its URL up to the name of a database, which `create` makes."""
    programs = binaries()
    assert programs, "There is no PostgreSQL here."
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        for parent in folder.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    _run(programs / "initdb", "-D", data, "-U", "telltale", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    _run(programs / "pg_ctl", "-D", data, "-w", "-o", f"{QUICK} -k {folder}", "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://telltale@/{{}}?host={folder}"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def create(url: str, name: str, template: str = "template1") -> str:
    """A new database, a copy of another one that nobody uses; gives its URL."""
    made = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with made.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return url.format(name)


def _run(*command: Path | str) -> None:
    as_nobody = UNPRIVILEGED if os.geteuid() == 0 else []
    subprocess.run([*as_nobody, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")
