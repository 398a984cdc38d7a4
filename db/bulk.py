"""Many rows at once, with ids that the caller gives: for desks that are made up, not for the desk's own work."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from db.models import Base

AT_ONCE = 20_000  # rows


def pour(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows, each with all columns that have no default; gives how many."""
    count, left = 0, iter(rows)
    while some := list(islice(left, AT_ONCE)):
        session.execute(insert(table.__table__), some)  # type: ignore[arg-type]
        count += len(some)
    return count


def count_on(session: Session, *tables: type[Base]) -> None:
    """Let the next id of each table follow the greatest: PostgreSQL counts ids that it gave itself, no others."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        greatest = session.scalar(select(func.max(table.__table__.c.id))) or 1
        session.execute(select(func.setval(func.pg_get_serial_sequence(table.__tablename__, "id"), greatest)))


def analyse(session: Session) -> None:
    """Let the database look at its tables, so that it plans queries by what is in them."""
    session.execute(text("ANALYZE"))
