"""What is due to go by the rules of the desk: cases that were closed long ago, files that no case needs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from db import jobs
from db.models import Analysis, Job, Media, MediaName
from db.models_keeping import LegalHold
from db.models_people import Case, CaseItem


@dataclass(frozen=True)
class DueCase:
    """A case that was closed long ago."""

    id: int
    title: str
    closed_at: datetime
    held: bool


@dataclass(frozen=True)
class DueFile:
    """A file in no case, and when something last happened to it: it came in, or was analysed."""

    id: int
    name: str
    last_at: datetime
    held: bool


def closed_before(session: Session, moment: datetime) -> list[DueCase]:
    """Cases that were closed before a moment, the oldest first."""
    standing = exists().where(LegalHold.case_id == Case.id, LegalHold.lifted_at.is_(None))
    within = exists().where(
        CaseItem.case_id == Case.id, LegalHold.media_id == CaseItem.media_id, LegalHold.lifted_at.is_(None)
    )
    query = select(Case.id, Case.title, Case.closed_at, or_(standing, within).label("held"))
    rows = session.execute(query.where(Case.status == "closed", Case.closed_at < moment).order_by(Case.closed_at))
    return [DueCase(**row._mapping) for row in rows]


def loose_before(session: Session, moment: datetime) -> list[DueFile]:
    """Files in no case that came in, and were last analysed, before a moment; examples stay."""
    first = select(func.min(MediaName.id)).where(MediaName.media_id == Media.id).correlate(Media)
    analysed = select(func.max(Analysis.created_at)).where(Analysis.media_id == Media.id).correlate(Media)
    last = func.coalesce(analysed.scalar_subquery(), Media.added_at, type_=Media.added_at.type)
    active = exists().where(Job.media_id == Media.id, Job.state.in_(jobs.TO_COME))
    standing = exists().where(LegalHold.media_id == Media.id, LegalHold.lifted_at.is_(None))
    query = (
        select(Media.id, MediaName.name, last.label("last_at"), standing.label("held"))
        .join(MediaName, MediaName.id == first.scalar_subquery())
        .where(Media.origin != "example", Media.added_at < moment, last < moment)
        .where(~exists().where(CaseItem.media_id == Media.id), ~active)
        .order_by(Media.id)
    )
    return [DueFile(**row._mapping) for row in session.execute(query)]
