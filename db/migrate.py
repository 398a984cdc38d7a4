"""Bring the database to the shape that this version of the desk expects. Safe to run again.

python -m db.migrate    # a desk's service calls it first: workers of other code take nothing from then on
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from dbos import DBOS
from sqlalchemy import text

from core.settings import Settings, settings
from db import search, versions
from db.session import engine, session

LOCK = 8416  # any number that nothing else on this database locks
AGAIN = 0.2  # s between two tries to get it


def migrate(config: Settings) -> None:
    """Create or bring up to date the desk's tables, and those of the queue beside them."""
    url = config.resolved_database_url()
    with _one_at_a_time(config):
        command.upgrade(alembic_config(url), "head")
        DBOS.migrate(url)
        search.catch_up(config)  # a migration may have taught the search to look in another place


def migrate_as_desk(config: Settings) -> None:
    """As `migrate`; workers of another code than this take nothing from now on. Commands leave that as it is."""
    migrate(config)
    with session(config) as opened:
        versions.note(opened)


def alembic_config(url: str) -> Config:
    """Alembic's configuration for a database, without a file."""
    made = Config()
    made.set_main_option("script_location", str(versions.MIGRATIONS))
    made.attributes["url"] = url  # not an option: a password may hold a %, which options interpolate
    return made


def knows(revision: str) -> bool:
    """Whether this version of the desk can bring tables of that revision up to date."""
    chain = ScriptDirectory.from_config(alembic_config("sqlite://"))
    return revision in {one.revision for one in chain.walk_revisions()}


@contextmanager
def _one_at_a_time(config: Settings) -> Iterator[None]:
    """Desk, worker and setup may start together, on several machines; the others wait until the first is through."""
    config.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # originals and sealed words: nobody else's to read
    made = engine(config.resolved_database_url())
    if made.dialect.name == "postgresql":
        with made.connect().execution_options(isolation_level="AUTOCOMMIT") as holder:
            # Asked for again and again: the queue's migrations wait for every statement under way, also for one
            # that waited for this lock.
            while not holder.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
                time.sleep(AGAIN)
            try:
                yield
            finally:
                holder.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        return
    with (config.home / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    migrate_as_desk(settings())
