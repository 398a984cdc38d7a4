"""Where files come from: what is written in them, and the pages that they were taken from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.provenance import Provenance
from db.models import Capture, ProvenanceRecord


@dataclass(frozen=True)
class CapturedFrom:
    """A page as it was when a file was taken from it."""

    address: str
    title: str
    captured_at: datetime
    uploader: str = ""  # as the page names her


def keep(session: Session, media_id: int, found: Provenance) -> None:
    """Keep what is written in a file, in place of what was read before."""
    session.merge(ProvenanceRecord(media_id=media_id, record=asdict(found)))


def of_media(session: Session, media_id: int) -> Provenance | None:
    """What is written in a file; None where it was not read yet."""
    row = session.get(ProvenanceRecord, media_id)
    return None if row is None else TypeAdapter(Provenance).validate_python(row.record)


def add_capture(session: Session, media_id: int, captured: CapturedFrom) -> None:
    """Remember the page that a file was taken from."""
    session.add(Capture(media_id=media_id, **vars(captured)))


def captures(session: Session, media_id: int) -> Sequence[CapturedFrom]:
    """Every page that a file was taken from, oldest first."""
    query = select(Capture).where(Capture.media_id == media_id).order_by(Capture.id)
    return [CapturedFrom(row.address, row.title, row.captured_at, row.uploader) for row in session.scalars(query)]
