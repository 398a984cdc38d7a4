"""Many rows at once, with ids that the caller gives: for desks that are made up, not for the desk's own work."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from db import audit
from db.models import Base
from db.models_people import AuditEvent

AT_ONCE = 20_000  # rows


def pour(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows, each with all columns that have no default; gives how many."""
    count, left = 0, iter(rows)
    while some := list(islice(left, AT_ONCE)):
        session.execute(insert(table.__table__), some)  # type: ignore[arg-type]
        count += len(some)
    return count


@dataclass(frozen=True)
class Entry:
    """Something that was done, for the log."""

    at: datetime
    actor_id: int
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


def pour_log(session: Session, entries: Iterable[Entry]) -> int:
    """Append entries in their order, sealed like any other; gives how many."""
    return pour(session, AuditEvent, _chained(entries, audit.head(session), audit.count(session)))


def _chained(entries: Iterable[Entry], previous: str, number: int) -> Iterator[dict[str, Any]]:
    """Rows of the log, each with the hash of the one before. `db.audit` itself writes no other time than now."""
    columns = [column.name for column in AuditEvent.__table__.columns]
    for entry in entries:
        number += 1
        told = vars(entry) | {"details": audit._canonical(entry.details)}
        row = AuditEvent(id=number, previous=previous, **told)
        row.sha256 = previous = audit._seal(row)
        yield {name: getattr(row, name) for name in columns}


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
