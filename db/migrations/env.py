"""What Alembic runs for every command: connects to the desk's database and compares it with `db.models`."""

from typing import Any, Literal

from alembic import context

from core.settings import settings
from db.models import UtcDateTime
from db.session import engine
from db.tables import ALL


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Not the queue's tables, in the same database but not ours, nor the search's index, which no model can name."""
    return name != "search_index" and (kind != "table" or name in ALL.tables)


def _frozen(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name no type of ours: what they did may not change when the type does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _run() -> None:
    url = context.config.attributes.get("url") or settings().resolved_database_url()
    with engine(url).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=ALL,
            include_name=_ours,
            render_as_batch=True,
            render_item=_frozen,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


_run()
