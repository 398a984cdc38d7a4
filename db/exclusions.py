"""Files and cases that no detector may learn from: a source did not consent, a case is confidential."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import audit, models_people
from db.models import Media
from db.models_learning import LearningExclusion
from db.models_people import Case, CaseItem
from db.rights import User, require

Subject = Literal["media", "case"]


@dataclass(frozen=True)
class ExclusionRow:
    """What is kept from learning, why, and who said so."""

    subject: Subject
    subject_id: int
    reason: str
    user: str
    at: datetime


def exclude(session: Session, actor: User, subject: Subject, subject_id: int, reason: str) -> None:
    """From now on no data version has this file, or any file of this case. Said twice, the first reason stays.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `no_reason`, `no_subject`.
    """
    require(actor, "work_on_cases")
    if not reason.strip():
        raise TelltaleError("no_reason", "Say why this may not be learned from.")
    if session.get({"media": Media, "case": Case}[subject], subject_id) is None:
        raise TelltaleError("no_subject", f"The desk holds no {subject} of this number.")
    if _row(session, subject, subject_id):
        return
    session.add(LearningExclusion(**{f"{subject}_id": subject_id}, reason=reason.strip(), user_id=actor.id))
    audit.record(session, actor, "learning.excluded", f"{subject}:{subject_id}", reason=reason.strip())


def allow(session: Session, actor: User, subject: Subject, subject_id: int) -> None:
    """It may be learned from again.

    Raises:
        NotAllowed: the actor is no editor.
    """
    require(actor, "change_models")
    if row := _row(session, subject, subject_id):
        session.delete(row)
        audit.record(session, actor, "learning.allowed", f"{subject}:{subject_id}")


def exclusions(session: Session) -> list[ExclusionRow]:
    """All that is kept from learning, newest first."""
    query = select(LearningExclusion, models_people.User.name).join(models_people.User)
    rows = session.execute(query.order_by(LearningExclusion.id.desc()))
    return [_record(row, name) for row, name in rows]


def excluded_media(session: Session) -> dict[int, str]:
    """The reason for each file that may not be learned from, by itself or for its case."""
    of_cases = (
        select(CaseItem.media_id, LearningExclusion.reason)
        .join(LearningExclusion, LearningExclusion.case_id == CaseItem.case_id)
    )  # fmt: skip
    of_files = select(Media.id, LearningExclusion.reason).join(
        LearningExclusion, LearningExclusion.media_id == Media.id
    )
    return dict(session.execute(of_cases).all()) | dict(session.execute(of_files).all())


def _row(session: Session, subject: Subject, subject_id: int) -> LearningExclusion | None:
    column = {"media": LearningExclusion.media_id, "case": LearningExclusion.case_id}[subject]
    return session.scalar(select(LearningExclusion).where(column == subject_id))


def _record(row: LearningExclusion, name: str) -> ExclusionRow:
    subject: Subject = "case" if row.media_id is None else "media"
    subject_id = row.case_id if row.media_id is None else row.media_id
    assert subject_id is not None
    return ExclusionRow(subject, subject_id, row.reason, name, row.at)
