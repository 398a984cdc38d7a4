"""Everything that was ever analysed: searched, filtered, sorted, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from core.evidence import Band, MediaKind
from db.models import Analysis, Artifact, Media, MediaName, ModelVersion, Origin

Sort = Literal["newest", "oldest", "name", "score"]
HEX = frozenset("0123456789abcdef")


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


@dataclass(frozen=True)
class Page:
    """Some rows out of `total`."""

    rows: tuple[HistoryRow, ...]
    total: int


@dataclass(frozen=True)
class Filter:
    """What to keep. `text` is a part of any name the file came under, or the beginning of its hash."""

    text: str = ""
    bands: tuple[Band, ...] = ()
    models: tuple[int, ...] = ()  # ids, as `models` gives them
    since: datetime | None = None
    until: datetime | None = None


def search(
    session: Session, wanted: Filter = Filter(), sort: Sort = "newest", limit: int = 50, offset: int = 0
) -> Page:
    """One page of the analyses that fit."""
    conditions = _conditions(wanted)
    count = select(func.count()).select_from(Analysis).join(Analysis.media).where(*conditions)
    rows = session.execute(_rows().where(*conditions).order_by(*_ORDER[sort]).limit(limit).offset(offset))
    return Page(tuple(HistoryRow(**row._mapping) for row in rows), session.scalar(count) or 0)


def models(session: Session) -> list[tuple[int, str, str]]:
    """Id, name and version of every model that has spoken, newest first."""
    query = select(ModelVersion.id, ModelVersion.name, ModelVersion.version).order_by(ModelVersion.id.desc())
    return [(number, name, version) for number, name, version in session.execute(query)]


_ORDER: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    "newest": (Analysis.created_at.desc(), Analysis.id.desc()),
    "oldest": (Analysis.created_at.asc(), Analysis.id.asc()),
    "name": (Analysis.name_folded.asc(), Analysis.id.asc()),
    "score": (Analysis.score.desc().nulls_last(), Analysis.id.desc()),
}


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if text := wanted.text.strip().casefold():
        conditions.append(_mentions(text))
    if wanted.bands:
        conditions.append(Analysis.band.in_(wanted.bands))
    if wanted.models:
        conditions.append(Analysis.model_id.in_(wanted.models))
    if wanted.since:
        conditions.append(Analysis.created_at >= wanted.since)
    if wanted.until:
        conditions.append(Analysis.created_at < wanted.until)
    return conditions


def _mentions(text: str) -> ColumnElement[bool]:
    named = exists().where(
        MediaName.media_id == Analysis.media_id, MediaName.folded.contains(text, autoescape=True)
    )
    return or_(named, Media.sha256.startswith(text)) if HEX.issuperset(text) else named


def _rows() -> Select[*tuple[Any, ...]]:
    """Columns under the names of `HistoryRow`'s fields."""
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
    found = select(*analysis, *media, *model, thumbnail.label("thumbnail"))
    return found.join(Analysis.media).join(Analysis.model)
