"""Cases as people read them: a list that can be searched, and everything about one case at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from core.evidence import Band, MediaKind
from db import people, verdicts
from db.models import Analysis, Artifact, Media, MediaName, ModelVersion, Origin, now
from db.models_people import Case, CaseAssignee, CaseComment, CaseItem, CaseStatus, CaseTag
from db.rights import User
from db.verdicts import VerdictRow


@dataclass(frozen=True)
class CaseRow:
    """A case, in a line."""

    id: int
    title: str
    question: str
    requester: str
    status: CaseStatus
    deadline: datetime | None
    answer: str | None
    tags: tuple[str, ...]
    assignees: tuple[User, ...]
    exhibits: int
    changed_at: datetime


@dataclass(frozen=True)
class CasePage:
    """Some cases out of `total`."""

    rows: tuple[CaseRow, ...]
    total: int


@dataclass(frozen=True)
class CaseFilter:
    """What to keep. `text` is a part of a title, a question or a requester."""

    text: str = ""
    status: CaseStatus | None = None
    tag: str | None = None
    assignee: int | None = None
    overdue: bool = False


@dataclass(frozen=True)
class Exhibit:
    """A file in a case, what the machine found and what people hold it to be: side by side."""

    item_id: int
    position: int
    media_id: int
    name: str
    sha256: str
    kind: MediaKind
    duration: float | None  # s
    origin: Origin
    added_at: datetime
    pinned: bool  # the case names this analysis; else it is the newest
    analysis_id: int | None
    band: Band | None
    score: float | None
    model: str | None
    thumbnail: str | None  # path of a small picture, relative to home
    verdict: VerdictRow | None


@dataclass(frozen=True)
class Comment:
    """One turn of the discussion."""

    user: User
    at: datetime
    text: str


@dataclass(frozen=True)
class CaseFile:
    """Everything about one case but who did what: see `db.audit`, subject "case:ID"."""

    id: int
    title: str
    question: str
    requester: str
    deadline: datetime | None
    status: CaseStatus
    tags: tuple[str, ...]
    assignees: tuple[User, ...]
    answer: str | None
    answered_by: User | None
    answered_at: datetime | None
    opened_by: User
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    exhibits: tuple[Exhibit, ...]
    comments: tuple[Comment, ...]


def get(session: Session, case_id: int) -> CaseFile | None:
    """All of one case; None for an unknown id."""
    query = select(Case).where(Case.id == case_id).execution_options(populate_existing=True)
    whole = selectinload(Case.comments).joinedload(CaseComment.user)
    row = session.scalar(query.options(whole, selectinload(Case.tags), selectinload(Case.assignees)))
    if row is None:
        return None
    return CaseFile(
        id=row.id,
        title=row.title,
        question=row.question,
        requester=row.requester,
        deadline=row.deadline,
        status=row.status,
        tags=tuple(tag.tag for tag in row.tags),
        assignees=tuple(people.record(one) for one in row.assignees),
        answer=row.answer,
        answered_by=people.record(row.answered_by) if row.answered_by else None,
        answered_at=row.answered_at,
        opened_by=people.record(row.opened_by),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        closed_at=row.closed_at,
        exhibits=_exhibits(session, case_id),
        comments=tuple(Comment(people.record(one.user), one.at, one.text) for one in row.comments),
    )


def search(session: Session, wanted: CaseFilter = CaseFilter(), limit: int = 50, offset: int = 0) -> CasePage:
    """One page of the cases that fit: those last changed first."""
    conditions = _conditions(wanted)
    total = session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0
    items = select(func.count()).where(CaseItem.case_id == Case.id).scalar_subquery()
    query = select(Case, items).where(*conditions).order_by(Case.changed_at.desc(), Case.id.desc())
    loaded = query.options(selectinload(Case.tags), selectinload(Case.assignees))
    found = session.execute(loaded.limit(limit).offset(offset).execution_options(populate_existing=True))
    return CasePage(tuple(_line(row, count) for row, count in found), total)


def of_media(session: Session, media_id: int) -> list[CaseRow]:
    """The cases that hold a file, those last changed first."""
    items = select(func.count()).where(CaseItem.case_id == Case.id).scalar_subquery()
    held = exists().where(CaseItem.case_id == Case.id, CaseItem.media_id == media_id)
    query = select(Case, items).where(held).order_by(Case.changed_at.desc(), Case.id.desc())
    return [_line(row, count) for row, count in session.execute(query)]


def tags(session: Session) -> list[str]:
    """Every tag in use."""
    return list(session.scalars(select(CaseTag.tag).distinct().order_by(CaseTag.tag)))


def open_titles(session: Session, limit: int = 200) -> list[tuple[int, str]]:
    """Id and title of the open cases, those last changed first: where a file can be put."""
    query = select(Case.id, Case.title).where(Case.status == "open")
    rows = session.execute(query.order_by(Case.changed_at.desc(), Case.id.desc()).limit(limit))
    return [(number, title) for number, title in rows]


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if text := wanted.text.strip():
        words = (
            Case.title_folded.contains(text.casefold(), autoescape=True),
            Case.question.icontains(text, autoescape=True),
            Case.requester.icontains(text, autoescape=True),
        )
        conditions.append(or_(*words))
    if wanted.status:
        conditions.append(Case.status == wanted.status)
    if wanted.tag:
        conditions.append(exists().where(CaseTag.case_id == Case.id, CaseTag.tag == wanted.tag))
    if wanted.assignee:
        mine = exists().where(CaseAssignee.case_id == Case.id, CaseAssignee.user_id == wanted.assignee)
        conditions.append(mine)
    if wanted.overdue:
        conditions += [Case.status == "open", Case.deadline < now()]
    return conditions


def _line(row: Case, exhibits: int) -> CaseRow:
    return CaseRow(
        id=row.id,
        title=row.title,
        question=row.question,
        requester=row.requester,
        status=row.status,
        deadline=row.deadline,
        answer=row.answer,
        tags=tuple(tag.tag for tag in row.tags),
        assignees=tuple(people.record(one) for one in row.assignees),
        exhibits=exhibits,
        changed_at=row.changed_at,
    )


def _exhibits(session: Session, case_id: int) -> tuple[Exhibit, ...]:
    found = session.execute(_exhibit_rows(case_id)).all()
    judged = verdicts.of_many(session, [row.media_id for row in found])
    return tuple(Exhibit(**row._mapping, verdict=judged.get(row.media_id)) for row in found)


def _exhibit_rows(case_id: int) -> Select[*tuple[Any, ...]]:
    """Columns under the names of `Exhibit`'s fields, in the order of the case."""
    newest = select(func.max(Analysis.id)).where(Analysis.media_id == CaseItem.media_id)
    first = select(func.min(MediaName.id)).where(MediaName.media_id == CaseItem.media_id)
    shown = select(Artifact.path).where(Artifact.analysis_id == Analysis.id, Artifact.kind == "frame")
    thumbnail = shown.order_by(Artifact.id).limit(1).correlate(Analysis).scalar_subquery()
    counts = func.coalesce(CaseItem.analysis_id, newest.correlate(CaseItem).scalar_subquery())
    item = (
        CaseItem.id.label("item_id"),
        CaseItem.position,
        CaseItem.media_id,
        CaseItem.added_at,
        CaseItem.analysis_id.is_not(None).label("pinned"),
    )
    media = (Media.sha256, Media.kind, Media.duration, Media.origin)
    name = func.coalesce(Analysis.name, MediaName.name).label("name")
    found = (Analysis.id.label("analysis_id"), Analysis.band, Analysis.score)
    model = (ModelVersion.name + " " + ModelVersion.version).label("model")
    return (
        select(*item, *media, name, *found, model, thumbnail.label("thumbnail"))
        .join(Media, Media.id == CaseItem.media_id)
        .join(MediaName, MediaName.id == first.correlate(CaseItem).scalar_subquery())
        .outerjoin(Analysis, Analysis.id == counts)
        .outerjoin(ModelVersion, ModelVersion.id == Analysis.model_id)
        .where(CaseItem.case_id == case_id)
        .order_by(CaseItem.position, CaseItem.id)
    )
