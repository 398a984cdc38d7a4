"""Files of the reference set whose reading ends a night: counted, and set aside once they did it again and again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import now
from db.models_learning import ReferenceFault

PATIENCE = 3  # nights one after the other, from which on it is the file and not the night


@dataclass(frozen=True)
class FaultRow:
    """A file that could not be read, in how many nights, and why at last."""

    manifest: str
    file: str
    sha256: str
    nights: int
    said: str
    at: datetime

    @property
    def set_aside(self) -> bool:
        """Whether the gate goes on without it."""
        return self.nights >= PATIENCE


def note(session: Session, manifest: str, file: str, sha256: str, said: str) -> FaultRow:
    """It could not be read tonight, which counts once a calendar day. Another file under the same name counts anew."""
    row = session.scalar(select(ReferenceFault).where(ReferenceFault.manifest == manifest, ReferenceFault.file == file))
    if row is None:
        row = ReferenceFault(manifest=manifest, file=file, nights=0)
        session.add(row)
    moment = now()
    if row.sha256 != sha256:
        row.nights = 1
    elif row.at.date() != moment.date():  # runs that people start one after the other are one night
        row.nights += 1
    row.sha256, row.said, row.at = sha256, said, moment
    session.flush()
    return _row(row)


def keep_only(session: Session, manifest: str, files: Iterable[str]) -> None:
    """Of a manifest only these files are still at fault: others were read, or don't stand in it any more."""
    session.execute(
        delete(ReferenceFault).where(ReferenceFault.manifest == manifest, ReferenceFault.file.not_in(list(files)))
    )


def keep_manifests(session: Session, names: Iterable[str]) -> None:
    """Only files of these manifests can still be at fault: others are no part of the reference set any more."""
    session.execute(delete(ReferenceFault).where(ReferenceFault.manifest.not_in(list(names))))


def all_of(session: Session) -> list[FaultRow]:
    """Every file that is at fault, by name."""
    order = (ReferenceFault.manifest, ReferenceFault.file)
    return [_row(row) for row in session.scalars(select(ReferenceFault).order_by(*order))]


def set_aside(session: Session) -> dict[tuple[str, str], FaultRow]:
    """Those that the gate goes on without, by manifest and file."""
    return {(row.manifest, row.file): row for row in all_of(session) if row.set_aside}


def _row(row: ReferenceFault) -> FaultRow:
    return FaultRow(**{name: getattr(row, name) for name in FaultRow.__annotations__})
