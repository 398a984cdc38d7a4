"""Copying all that a desk remembers into another database, row for row, and comparing both."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, MetaData, Table, delete, func, insert, select
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import versions
from db.tables import ALL

AT_ONCE = 1000  # rows
LEFT = "worker"  # who works at the old database says nothing about the new one
OF_THE_SEARCH = ("search_text", "search_stale")  # last: copying other rows makes their texts stale
MADE_WITH = ("desk_user", "desk_version")  # a new database may have one row there


@dataclass(frozen=True)
class Compared:
    """One table on both sides: how many rows, and whether their content has the same checksum."""

    table: str
    rows: int
    copied: int
    same: bool


def tables() -> list[Table]:
    """The desk's tables, each after those that its rows point to."""
    # Copies of our own: there, a JSON column writes an absent value as NULL and not as JSON's null.
    copies = MetaData()
    made = [table.to_metadata(copies) for table in ALL.sorted_tables if table.name != LEFT]
    for column in (column for table in made for column in table.columns if isinstance(column.type, JSON)):
        column.type = JSON(none_as_null=True)
    return sorted(made, key=lambda table: table.name in OF_THE_SEARCH)


def require_newest(session: Session) -> None:
    """The database has the shape that this version of the desk expects.

    Raises:
        TelltaleError: `other_version`.
    """
    if versions.schema_of(session) != versions.newest_schema():
        raise TelltaleError(
            "other_version", "The old database belongs to another version of the desk: `python -m db.migrate` on it."
        )


def require_empty(session: Session) -> None:
    """Nothing but what the migrations made stands in the database.

    Raises:
        TelltaleError: `not_empty`.
    """
    for table in tables():
        rows = _count(session, table)
        if rows > (table.name in MADE_WITH):
            raise TelltaleError(
                "not_empty", f"The new database holds a desk already: {rows} rows in {table.name}. Name an empty one."
            )


def hold(session: Session) -> None:
    """Nobody writes to this SQLite database until the session ends."""
    session.connection().exec_driver_sql("BEGIN IMMEDIATE")


def copy(source: Session, target: Session, table: Table) -> None:
    """All rows of a table, in the order of their keys."""
    target.execute(delete(table))
    points_to_itself = any(key.column.table is table for key in table.foreign_keys)
    for rows in _chunks(source, table):
        if points_to_itself:  # a row may point to a later one: references are looked at when a statement ends
            target.execute(insert(table).values(rows))
        else:
            target.execute(insert(table), rows)
    if (column := table.autoincrement_column) is not None:
        following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        target.execute(select(func.setval(sequence, following, False)))


def compare(source: Session, target: Session, table: Table) -> Compared:
    """Both sides of a table, read again from the databases."""
    same = _checksum(source, table) == _checksum(target, table)
    return Compared(table.name, _count(source, table), _count(target, table), same)


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _chunks(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns)
    for rows in session.execute(query.execution_options(yield_per=AT_ONCE)).mappings().partitions():
        yield [dict(row) for row in rows]


def _checksum(session: Session, table: Table) -> int:
    """The sum of the rows' hashes: the two databases need not sort texts alike."""
    rows = (row for chunk in _chunks(session, table) for row in chunk)
    return sum(_hash(row.values()) for row in rows)


def _hash(values: Iterable[Any]) -> int:
    written = json.dumps([_plain(value) for value in values], sort_keys=True)
    return int.from_bytes(hashlib.sha256(written.encode()).digest())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def failed(compared: Sequence[Compared]) -> list[str]:
    """The names of the tables that are not the same on both sides."""
    return [one.table for one in compared if not one.same or one.rows != one.copied]
