"""Files and cases that no detector may learn from: a source did not consent, a case is confidential."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import audit, media, models_people
from db.models import Analysis, Media, MediaName
from db.models_learning import LearningExclusion
from db.models_people import Case, CaseItem
from db.rights import User, require

Subject = Literal["media", "case"]
LONGEST = 1000  # characters of a reason


@dataclass(frozen=True)
class ExclusionRow:
    """What is kept from learning, why, and who said so. `title` is the name of the file or of the case."""

    subject: Subject
    subject_id: int
    title: str
    analysis_id: int | None  # the newest one of a file
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
    if not reason.strip() or len(reason) > LONGEST:
        raise TelltaleError("no_reason", f"Say why this may not be learned from, in at most {LONGEST:,} characters.")
    if subject == "media":
        media.lock(session, subject_id)
    audit.be_alone(session)
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
    return [_record(*row) for row in session.execute(_told().order_by(LearningExclusion.id.desc()))]


def over_media(session: Session, media_id: int) -> list[ExclusionRow]:
    """What keeps a file from learning: it was said of the file itself, or of cases that it is in."""
    cases = select(CaseItem.case_id).where(CaseItem.media_id == media_id)
    kept = or_(LearningExclusion.media_id == media_id, LearningExclusion.case_id.in_(cases))
    return [_record(*row) for row in session.execute(_told().where(kept).order_by(LearningExclusion.id))]


def over_case(session: Session, case_id: int) -> list[ExclusionRow]:
    """What was said of a case as a whole."""
    return [_record(*row) for row in session.execute(_told().where(LearningExclusion.case_id == case_id))]


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


def _told() -> Select[LearningExclusion, str, str, int | None]:
    """With who said it, the name of what it is said of, and the newest analysis of a file."""
    name = select(MediaName.name).where(MediaName.media_id == LearningExclusion.media_id)
    case = select(Case.title).where(Case.id == LearningExclusion.case_id)
    newest = select(func.max(Analysis.id)).where(Analysis.media_id == LearningExclusion.media_id)
    title = func.coalesce(name.order_by(MediaName.id).limit(1).scalar_subquery(), case.scalar_subquery())
    return (
        select(LearningExclusion, models_people.User.name, title, newest.scalar_subquery())
        .join(models_people.User)
    )  # fmt: skip


def _record(row: LearningExclusion, user: str, title: str, analysis_id: int | None) -> ExclusionRow:
    subject: Subject = "case" if row.media_id is None else "media"
    subject_id = row.case_id if row.media_id is None else row.media_id
    assert subject_id is not None
    return ExclusionRow(subject, subject_id, title, analysis_id, row.reason, user, row.at)
