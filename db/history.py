"""Everything that was ever analysed: searched, filtered, sorted, a page at a time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from core.evidence import Band, MediaKind
from db import agreement
from db import search as words
from db.agreement import Agreement
from db.models import Analysis, Artifact, Media, ModelVersion, Origin
from db.models_people import Case, CaseItem, Judgement, Verdict

Sort = Literal["newest", "oldest", "name", "score"]


@dataclass(frozen=True)
class HistoryRow:
    """One analysis, in a line."""

    analysis_id: int
    name: str
    band: Band
    score: float | None
    created_at: datetime
    media_id: int
    sha256: str
    kind: MediaKind
    duration: float | None
    width: int
    height: int
    origin: Origin
    model_name: str
    model_version: str
    thumbnail: str | None  # path of a small picture, relative to home
    verdict: Judgement | None  # on the picture, by a person; None where nobody has judged
    agreement: Agreement | None  # of the band and that verdict


@dataclass(frozen=True)
class Place:
    """Where a page begins or ends: next to the analysis with this id, which is not on it."""

    analysis_id: int
    side: Literal["after", "before"]


@dataclass(frozen=True)
class Page:
    """Some rows out of `total`; the first of them is number `first`, counted from 1."""

    rows: tuple[HistoryRow, ...]
    total: int
    first: int

    @property
    def before(self) -> Place | None:
        """The page before this one, where there is one."""
        return Place(self.rows[0].analysis_id, "before") if self.rows and self.first > 1 else None

    @property
    def after(self) -> Place | None:
        """The page after this one, where there is one."""
        more = self.first + len(self.rows) <= self.total
        return Place(self.rows[-1].analysis_id, "after") if self.rows and more else None


@dataclass(frozen=True)
class Filter:
    """What to keep. `text` is what somebody typed, as `db.search.found` takes it."""

    text: str = ""
    bands: tuple[Band, ...] = ()
    models: tuple[int, ...] = ()  # ids, as `models` gives them
    kinds: tuple[MediaKind, ...] = ()
    verdicts: tuple[Judgement | Literal["none"], ...] = ()  # on the picture; none: nobody has judged
    agreements: tuple[Agreement, ...] = ()
    case: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[int, ...] = ()  # of analyses


@dataclass(frozen=True)
class _Order:
    """A column to sort by, then the id: no two rows stand in the same place, so a page can go on from any row."""

    by: ColumnElement[Any]
    falls: bool

    def columns(self, backwards: bool = False) -> tuple[ColumnElement[Any], ...]:
        both = (self.by, Analysis.id.expression)
        return tuple(one.desc() if self.falls != backwards else one.asc() for one in both)

    def beyond(self, session: Session, place: Place) -> list[ColumnElement[bool]]:
        """Keeps what stands after the place, or before it; everything where its analysis is gone."""
        at = session.execute(select(self.by, Analysis.id).where(Analysis.id == place.analysis_id)).first()
        if at is None:
            return []
        here, there = tuple_(self.by, Analysis.id), tuple_(*at)
        # SQLite seeks in an index of expressions by the plain comparison only, not by that of pairs.
        if self.falls == (place.side == "after"):
            return [self.by <= at[0], here < there]
        return [self.by >= at[0], here > there]


_ORDERS: dict[Sort, _Order] = {
    "newest": _Order(Analysis.created_at.expression, falls=True),
    "oldest": _Order(Analysis.created_at.expression, falls=False),
    "name": _Order(Analysis.name_folded.expression, falls=False),
    "score": _Order(func.coalesce(Analysis.score, literal_column("-1.0")), falls=True),  # as its index says
}


def search(
    session: Session,
    wanted: Filter = Filter(),
    sort: Sort = "newest",
    limit: int = 50,
    place: Place | None = None,
) -> Page:
    """One page of the analyses that fit: the first, or the one at a place."""
    conditions, order = _conditions(session, wanted), _ORDERS[sort]
    beyond = order.beyond(session, place) if place else []
    backwards = bool(beyond) and place is not None and place.side == "before"
    query = _rows().where(*conditions, *beyond).order_by(*order.columns(backwards)).limit(limit)
    rows = [_row(row) for row in session.execute(query)]
    if backwards:
        rows.reverse()
    ahead = order.beyond(session, Place(rows[0].analysis_id, "before")) if rows and beyond else [false()]
    count = select(func.count(), func.count(case((and_(*ahead), 1)))).select_from(Analysis).where(*conditions)
    total, before = session.execute(count).one()
    return Page(tuple(rows), total, 1 + before)


def models(session: Session) -> list[tuple[int, str, str]]:
    """Id, name and version of every model that has spoken, newest first."""
    spoken = select(Analysis.id).where(Analysis.model_id == ModelVersion.id).exists()
    query = select(ModelVersion.id, ModelVersion.name, ModelVersion.version).where(spoken)
    query = query.order_by(ModelVersion.id.desc())
    return [(number, name, version) for number, name, version in session.execute(query)]


def case_titles(session: Session, also: int | None = None, limit: int = 300) -> list[tuple[int, str]]:
    """Id and title of the cases that were changed last, and of one more: to choose one by."""
    latest = select(Case.id).order_by(Case.changed_at.desc(), Case.id.desc()).limit(limit).subquery()
    query = select(Case.id, Case.title).where(or_(Case.id.in_(select(latest.c.id)), Case.id == also))
    return [(number, title) for number, title in session.execute(query.order_by(Case.changed_at.desc(), Case.id))]


def kept(session: Session, wanted: Filter, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The same query, of analyses, only for those that fit."""
    return query.where(*_conditions(session, wanted))


def _conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    found = words.found(session, wanted.text)
    if found is not None:
        conditions.append(Analysis.media_id.in_(found))
    if wanted.ids:
        conditions.append(Analysis.id.in_(wanted.ids))
    if wanted.bands:
        conditions.append(Analysis.band.in_(wanted.bands))
    if wanted.models:
        conditions.append(Analysis.model_id.in_(wanted.models))
    if wanted.kinds:
        conditions.append(Analysis.media_id.in_(select(Media.id).where(Media.kind.in_(wanted.kinds))))
    if wanted.since:
        conditions.append(Analysis.created_at >= wanted.since)
    if wanted.until:
        conditions.append(Analysis.created_at < wanted.until)
    return conditions + _people_conditions(wanted)


def _people_conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """What people said of the file, and where they put it."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.verdicts:
        judged = _judged(*(one for one in wanted.verdicts if one != "none"))
        nobody = Analysis.media_id.not_in(select(Verdict.media_id).where(Verdict.current))
        conditions.append(or_(judged, nobody) if "none" in wanted.verdicts else judged)
    if wanted.agreements:
        conditions.append(or_(*(_agrees(one) for one in wanted.agreements)))
    if wanted.case is not None:
        held = select(CaseItem.media_id).where(CaseItem.case_id == wanted.case)
        conditions.append(Analysis.media_id.in_(held))
    return conditions


def _judged(*pictures: Judgement) -> ColumnElement[bool]:
    return Analysis.media_id.in_(
        select(Verdict.media_id).where(Verdict.current, Verdict.picture.in_(pictures))
    )


def _agrees(how: Agreement) -> ColumnElement[bool]:
    """Each band with the verdicts that stand to it in this way; those of `db.agreement`, as it says."""
    bands = defaultdict[tuple[Judgement, ...], list[Band]](list)  # few questions: bands of one kind share theirs
    for band in get_args(Band):
        bands[tuple(one for one in get_args(Judgement) if agreement.agreement(band, one) == how)].append(band)
    return or_(*(and_(Analysis.band.in_(some), _judged(*pictures)) for pictures, some in bands.items() if pictures))


def _row(found: Any) -> HistoryRow:
    return HistoryRow(**found._mapping, agreement=agreement.agreement(found.band, found.verdict))


def _rows() -> Select[*tuple[Any, ...]]:
    """Columns under the names of `HistoryRow`'s fields; the agreement follows from them."""
    thumbnail = (
        select(Artifact.path)
        .where(Artifact.analysis_id == Analysis.id, Artifact.kind == "frame")
        .order_by(Artifact.id)
        .limit(1)
        .scalar_subquery()
    )
    analysis = (
        Analysis.id.label("analysis_id"),
        Analysis.name,
        Analysis.band,
        Analysis.score,
        Analysis.created_at,
    )
    media = (
        Analysis.media_id,
        Media.sha256,
        Media.kind,
        Media.duration,
        Media.width,
        Media.height,
        Media.origin,
    )
    model = (ModelVersion.name.label("model_name"), ModelVersion.version.label("model_version"))
    said = (thumbnail.label("thumbnail"), Verdict.picture.label("verdict"))
    found = select(*analysis, *media, *model, *said).join(Analysis.media).join(Analysis.model)
    return found.outerjoin(Verdict, and_(Verdict.media_id == Analysis.media_id, Verdict.current))
