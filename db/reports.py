"""Reports that were issued, never changed. Rows stay for good; a file goes when something that it shows is deleted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from db import audit, people
from db.models_reports import Report, ReportFormat
from db.rights import User, require


@dataclass(frozen=True)
class Rest:
    """One file that a report rests on. `evidence_sha256` is `pipelines.reports.dossier.evidence_fingerprint`."""

    number: int
    media_id: int
    analysis_id: int | None
    evidence_sha256: str


@dataclass(frozen=True)
class ReportRow:
    """A report as it was issued."""

    reference: str
    subject: str
    title: str
    format: ReportFormat
    dossier_sha256: str
    file_sha256: str
    bytes: int
    exhibits: tuple[Rest, ...]
    issued_by: User
    issued_at: datetime
    removed_at: datetime | None = None  # when its file was deleted

    @property
    def file_name(self) -> str:
        """Under which it is kept and handed out."""
        return f"{self.reference}.{self.format}"


def add(session: Session, actor: User, report: ReportRow) -> None:
    """Remember what was issued, and write it into the log.

    Raises:
        NotAllowed: the actor may not export.
        sqlalchemy.exc.IntegrityError: the reference is taken.
    """
    require(actor, "export")
    session.add(
        Report(
            reference=report.reference,
            subject=report.subject,
            title=report.title,
            format=report.format,
            dossier_sha256=report.dossier_sha256,
            file_sha256=report.file_sha256,
            bytes=report.bytes,
            exhibits=[asdict(rest) for rest in report.exhibits],
            issued_by_id=actor.id,
            issued_at=report.issued_at,
        )
    )
    session.flush()
    audit.record(
        session, actor, "report.issued", report.subject, reference=report.reference, format=report.format,
        file_sha256=report.file_sha256, dossier_sha256=report.dossier_sha256,
    )  # fmt: skip


def handed_out(session: Session, actor: User, report: ReportRow) -> None:
    """Write into the log that somebody fetched a report.

    Raises:
        NotAllowed: the actor may not export.
    """
    require(actor, "export")
    audit.record(session, actor, "report.fetched", report.subject, reference=report.reference)


def by_reference(session: Session, reference: str) -> ReportRow | None:
    """A report by what is printed in it; None where this desk issued none under it."""
    row = session.scalar(_whole().where(Report.reference == reference))
    return None if row is None else _row(row)


def by_file(session: Session, file_sha256: str) -> ReportRow | None:
    """The report whose file has this hash."""
    row = session.scalar(_whole().where(Report.file_sha256 == file_sha256).limit(1))
    return None if row is None else _row(row)


def of_subject(session: Session, subject: str, limit: int = 20) -> Sequence[ReportRow]:
    """Reports about an analysis or a case, newest first."""
    query = _whole().where(Report.subject == subject).order_by(Report.id.desc()).limit(limit)
    return [_row(row) for row in session.scalars(query)]


def _whole() -> Select[Report]:
    return select(Report).options(joinedload(Report.issued_by))


def _row(row: Report) -> ReportRow:
    return ReportRow(
        reference=row.reference,
        subject=row.subject,
        title=row.title,
        format=row.format,
        dossier_sha256=row.dossier_sha256,
        file_sha256=row.file_sha256,
        bytes=row.bytes,
        exhibits=tuple(Rest(**rest) for rest in row.exhibits),
        issued_by=people.record(row.issued_by),
        issued_at=row.issued_at,
        removed_at=row.removed_at,
    )
