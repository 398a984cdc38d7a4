"""A PostgreSQL of the tests' own: a cluster in a folder that goes away, reached through a socket in it alone."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A running cluster in an empty folder; gives the URL of an empty database with UTF-8."""
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
        yield f"postgresql+psycopg://telltale@/postgres?host={folder}"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _run(*command: Path | str) -> None:
    as_nobody = UNPRIVILEGED if os.geteuid() == 0 else []
    subprocess.run([*as_nobody, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")
