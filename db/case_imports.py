"""What other desks said of cases that they handed on: kept as it was said, beside what is said here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from db import audit, people
from db.models_keeping import CaseImport, FileImport
from db.rights import User, require


@dataclass(frozen=True)
class Source:
    """Where a case comes from. `sha256` is of its record in the archive, which stands for all of it."""

    desk: str
    desk_name: str
    number: int  # of the case on that desk
    sha256: str


@dataclass(frozen=True)
class ImportRow:
    """One archive that was taken in. Records are what `pipelines.keeping.cases.record` makes, files by media id."""

    id: int
    case_id: int
    source: Source
    record: dict[str, Any]
    files: dict[int, dict[str, Any]]
    by: User
    at: datetime


def case_of(session: Session, source: Source) -> int | None:
    """The case here that an earlier archive of the same case made; None where there is none, or no longer."""
    same = select(CaseImport.case_id).where(
        CaseImport.desk == source.desk, CaseImport.number == source.number
    )
    return session.scalar(same.order_by(CaseImport.id).limit(1))


def is_known(session: Session, source: Source) -> bool:
    """Whether this very archive was taken in before, and its case is still here."""
    same = select(CaseImport.id).where(CaseImport.desk == source.desk, CaseImport.number == source.number)
    return session.scalar(same.where(CaseImport.sha256 == source.sha256).limit(1)) is not None


def add(
    session: Session,
    actor: User,
    case_id: int,
    source: Source,
    record: dict[str, Any],
    files: Mapping[int, dict[str, Any]],
    **told: Any,
) -> None:
    """Keep what another desk said of a case and, by media id, of its files. `told` goes into the log, too.

    Raises:
        NotAllowed: the actor is no editor.
        sqlalchemy.exc.IntegrityError: this very archive was taken in already.
    """
    require(actor, "exchange_cases")
    row = CaseImport(
        case_id=case_id, desk=source.desk, desk_name=source.desk_name, number=source.number, sha256=source.sha256,
        record=record, imported_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(FileImport(import_id=row.id, media_id=one, record=said) for one, said in files.items())
    session.flush()
    audit.record(
        session, actor, "case.imported", f"case:{case_id}",
        desk=source.desk, desk_name=source.desk_name, number=source.number, record=source.sha256, files=len(files),
        **told,
    )  # fmt: skip


def newest(session: Session, case_id: int) -> ImportRow | None:
    """What another desk said of a case last; None where it was begun here."""
    query = (
        select(CaseImport).where(CaseImport.case_id == case_id).options(joinedload(CaseImport.imported_by))
    )
    row = session.scalar(query.order_by(CaseImport.id.desc()).limit(1))
    if row is None:
        return None
    files = session.execute(
        select(FileImport.media_id, FileImport.record)
        .where(FileImport.import_id == row.id)
        .order_by(FileImport.id)
    )
    source = Source(row.desk, row.desk_name, row.number, row.sha256)
    said: dict[int, dict[str, Any]] = dict(files.tuples().all())
    return ImportRow(
        row.id, case_id, source, row.record, said, people.record(row.imported_by), row.imported_at
    )
