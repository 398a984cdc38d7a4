"""Notes pinned to a moment of an analysis."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.errors import TelltaleError
from db import audit, people
from db.models import Analysis, Track, now
from db.models_people import Note
from db.rights import NotAllowed, User, require

LONGEST = 5000  # characters


@dataclass(frozen=True)
class NoteRow:
    """What somebody wrote about a moment; `track` is the person it is about, where it is about one."""

    id: int
    analysis_id: int
    time: float  # s
    track: str | None
    text: str
    user: User
    at: datetime


def add(
    session: Session, actor: User, analysis_id: int, time: float, text: str, track: str | None = None
) -> int:
    """Pin a note; gives its id.

    Raises:
        NotAllowed: the actor may not judge.
        TelltaleError: `bad_note`.
    """
    require(actor, "judge")
    _check(session, analysis_id, time, text, track)
    row = Note(analysis_id=analysis_id, user_id=actor.id, time=time, track=track, text=text.strip())
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "note.added", f"analysis:{analysis_id}",
        note=row.id, time=time, track=track, text=row.text,
    )  # fmt: skip
    return row.id


def remove(session: Session, actor: User, note_id: int) -> None:
    """Take a note back; the log keeps what it said.

    Raises:
        NotAllowed: it is somebody else's.
        TelltaleError: `bad_note` where it is gone.
    """
    require(actor, "judge")
    row = session.get(Note, note_id)
    if row is None or row.removed_at is not None:
        raise TelltaleError("bad_note", "This note is no longer there.")
    if row.user_id != actor.id:
        raise NotAllowed("not_allowed", "Only who wrote a note can take it back.")
    row.removed_at = now()
    audit.record(session, actor, "note.removed", f"analysis:{row.analysis_id}", note=row.id)


def of_analysis(session: Session, analysis_id: int) -> list[NoteRow]:
    """The notes of an analysis, in the order of their moments."""
    query = select(Note).where(Note.analysis_id == analysis_id, Note.removed_at.is_(None))
    ordered = query.order_by(Note.time, Note.id).options(joinedload(Note.user))
    return [_row(row) for row in session.scalars(ordered)]


def _check(session: Session, analysis_id: int, time: float, text: str, track: str | None) -> None:
    if session.get(Analysis, analysis_id) is None:
        raise TelltaleError("bad_note", "There is no such analysis.")
    if not text.strip() or len(text) > LONGEST:
        raise TelltaleError("bad_note", f"A note has words, and at most {LONGEST:,} characters.")
    if not 0 <= time < 1e6:
        raise TelltaleError("bad_note", "This moment is not in the clip.")
    known = select(Track.id).where(Track.analysis_id == analysis_id, Track.label == track)
    if track is not None and session.scalar(known) is None:
        raise TelltaleError("bad_note", "There is no such person in this analysis.")


def _row(row: Note) -> NoteRow:
    return NoteRow(row.id, row.analysis_id, row.time, row.track, row.text, people.record(row.user), row.at)
