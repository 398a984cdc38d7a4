"""Which version of the desk a database belongs to, so that a worker of another one leaves it alone."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from core.version import build
from db.models import DeskVersion

MIGRATIONS = Path(__file__).parent / "migrations"
BOTH = "Bring both to one version."


def note(session: Session) -> None:
    """This code is the desk's."""
    session.merge(DeskVersion(id=1, version=build()))


def misfit(session: Session) -> str | None:
    """Why this code may not work on this database, as a sentence; None where it may."""
    has, wants = schema_of(session), newest_schema()
    if has is None:
        return "The database is empty. Start the desk first, or run `python -m db.migrate`."
    if has != wants:
        return f"This worker expects the tables of version {wants}, the desk has those of {has}. {BOTH}"
    noted = session.get(DeskVersion, 1, populate_existing=True)
    if noted is not None and noted.version != build():
        return f"This worker is of version {build()}, the desk of version {noted.version}. {BOTH}"
    return None


def has_tables(session: Session) -> bool:
    """Whether the tables are those that this code knows, so that it may write to them."""
    return schema_of(session) == newest_schema()


def schema_of(session: Session) -> str | None:
    """The migration that a database is at; None where it is empty."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@cache  # workers ask with every beat, and an upgrade on the disk teaches a running process nothing
def newest_schema() -> str | None:
    """The newest migration that this code knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
