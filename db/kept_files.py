"""Which files the database speaks of: originals, pictures, reports. Each never changes while a row names it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Artifact, Media
from db.models_reports import Report


@dataclass(frozen=True)
class KeptFile:
    """A file by its place under home and its content."""

    path: str  # relative to home, with forward slashes
    sha256: str


def all_of(session: Session) -> Iterator[KeptFile]:
    """Every file that a row names; of a report that was deleted, the row alone stays."""
    for sha256 in session.scalars(select(Media.sha256).order_by(Media.id)):
        yield KeptFile(original(sha256), sha256)
    for path, sha256 in session.execute(select(Artifact.path, Artifact.sha256).order_by(Artifact.id)):
        yield KeptFile(path, sha256)
    issued = select(Report.reference, Report.format, Report.file_sha256).where(Report.removed_at.is_(None))
    for reference, kind, sha256 in session.execute(issued.order_by(Report.id)):
        yield KeptFile(report(reference, kind), sha256)


def original(sha256: str) -> str:
    """Where an original lies."""
    return f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def pictures(sha256: str) -> str:
    """The folder of what is made of an original: pictures of analyses, copies for the player."""
    return f"artifacts/{sha256[:2]}/{sha256}"


def report(reference: str, kind: str) -> str:
    """Where a report lies."""
    return f"reports/{reference}.{kind}"


def still_named(session: Session, file: KeptFile) -> bool:
    """Whether a row still names this file with this content."""
    rows = (
        select(Media.id).where(Media.sha256 == file.sha256),
        select(Artifact.id).where(Artifact.path == file.path, Artifact.sha256 == file.sha256),
        select(Report.id).where(Report.file_sha256 == file.sha256, Report.removed_at.is_(None)),
    )
    return any(session.scalar(query.limit(1)) is not None for query in rows)
