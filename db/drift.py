"""What the watch looks at, and what it found: the work of one version, file by file, in a stretch of time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.evidence import Band
from core.judgement.drift import Moved
from db import audit
from db.models import Analysis, FrameScore, Media, Track
from db.models_drift import Drift
from db.models_people import Judgement, Verdict
from db.rights import User


@dataclass(frozen=True)
class Sample:
    """One analysis. Face and sharpness are means over its frames; None where it has no face."""

    band: Band
    score: float | None
    verdict: Judgement | None
    side: int  # shorter side of the picture, px
    face_px: float | None
    sharpness: float | None


@dataclass(frozen=True)
class Watched:
    """One look of the watch."""

    id: int
    version_id: int
    days: int
    moved: bool
    measures: dict[str, Moved]
    at: datetime


def first_analysis(session: Session, version_id: int) -> datetime | None:
    """When a version began to work here."""
    return session.scalar(select(func.min(Analysis.created_at)).where(Analysis.model_id == version_id))


def samples(session: Session, version_id: int, since: datetime, until: datetime) -> list[Sample]:
    """What a version analysed in this time; examples that came with the desk are left out."""
    within = Analysis.model_id == version_id, Analysis.created_at >= since, Analysis.created_at < until
    face, sharp = func.avg(FrameScore.face_px).label("face"), func.avg(FrameScore.sharpness).label("sharp")
    seen = (
        select(Track.analysis_id, face, sharp)
        .join(FrameScore, FrameScore.track_id == Track.id)
        .join(Analysis, Analysis.id == Track.analysis_id)
        .where(*within)
        .group_by(Track.analysis_id)
        .subquery()
    )
    query = (
        select(Analysis.band, Analysis.score, Verdict.picture, Media.width, Media.height, seen.c.face, seen.c.sharp)
        .join(Media, Media.id == Analysis.media_id)
        .outerjoin(Verdict, (Verdict.media_id == Analysis.media_id) & Verdict.current)
        .outerjoin(seen, seen.c.analysis_id == Analysis.id)
        .where(*within, Media.origin != "example")
        .order_by(Analysis.id)
    )
    return [
        Sample(band, score, verdict, min(width, height), face, sharp)
        for band, score, verdict, width, height, face, sharp in session.execute(query)
    ]


def keep(session: Session, actor: User, version_id: int, days: int, measures: Mapping[str, Moved]) -> Watched:
    """Write down what was found, in the log too."""
    moved = [name for name, one in measures.items() if one.verdict == "moved"]
    told = {name: asdict(one) for name, one in measures.items()}
    row = Drift(version_id=version_id, days=days, moved=bool(moved), measures=told)
    session.add(row)
    session.flush()
    audit.record(session, actor, "drift.watched", f"model:{version_id}", drift=row.id, days=days, moved=moved)
    return _watched(row)


def latest(session: Session, version_id: int, limit: int = 12) -> list[Watched]:
    """What the watch found of a version, newest first."""
    query = select(Drift).where(Drift.version_id == version_id).order_by(Drift.id.desc()).limit(limit)
    return [_watched(row) for row in session.scalars(query)]


def _watched(row: Drift) -> Watched:
    measures: dict[str, Any] = row.measures
    return Watched(
        row.id, row.version_id, row.days, row.moved, {name: Moved(**one) for name, one in measures.items()}, row.at
    )
