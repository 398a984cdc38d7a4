"""What tells how a desk is doing, in a few figures; all of them together cost less than a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from db import jobs
from db.models import Analysis, Job, JobState, Worker, now
from db.models_keeping import PendingRemoval
from db.session import moment
from db.workers import SILENCE

STAGES = ("decode", "faces", "score", "explain", "total")


@dataclass(frozen=True)
class Failures:
    """Jobs that ended for one reason, and what the latest of them said."""

    code: str
    count: int
    last_at: datetime
    message: str


@dataclass(frozen=True)
class WorkerRow:
    """A process that analyses, or did until it fell silent."""

    name: str
    host: str
    version: str  # of its code
    takes: tuple[str, ...]  # the queues that it works for
    why_idle: str | None  # why it takes nothing, as a sentence
    started_at: datetime
    heartbeat_at: datetime
    alive: bool


@dataclass(frozen=True)
class Figures:
    """How the desk is doing now. `seconds` by stage are sums over all `analyses`."""

    jobs: dict[JobState, int]
    oldest: datetime | None  # of those that wait
    analyses: int
    seconds: dict[str, float]
    failures: tuple[Failures, ...]
    workers: tuple[WorkerRow, ...]
    database_bytes: int
    files_to_remove: int  # places on the disk, of what was deleted


def figures(session: Session) -> Figures:
    """All of it."""
    sums = [func.coalesce(func.sum(getattr(Analysis, f"{stage}_s")), 0.0) for stage in STAGES]
    count, *seconds = session.execute(select(func.count(), *sums).select_from(Analysis)).one()
    return Figures(
        jobs=jobs.counts(session),
        oldest=session.scalar(select(func.min(Job.created_at)).where(Job.state == "queued")),
        analyses=count,
        seconds=dict(zip(STAGES, seconds, strict=True)),
        failures=failures(session),
        workers=_workers(session),
        database_bytes=_size(session),
        files_to_remove=session.scalar(select(func.count()).select_from(PendingRemoval)) or 0,
    )


def failures(session: Session, within: timedelta | None = None) -> tuple[Failures, ...]:
    """Why jobs failed, the most frequent reason first; ever, or within such a time."""
    last = func.max(Job.finished_at, type_=Job.finished_at.type)
    query = select(Job.error_code, func.count(), last, func.max(Job.id)).where(Job.state == "failed")
    query = query.where(Job.error_code.is_not(None), Job.finished_at.is_not(None)).group_by(Job.error_code)
    if within:
        query = query.where(Job.finished_at >= now() - within)
    rows = session.execute(query.order_by(func.count().desc(), Job.error_code)).all()
    said = dict(session.execute(select(Job.id, Job.error_message).where(Job.id.in_([row[3] for row in rows]))).all())
    return tuple(Failures(str(code), count, at, said.get(newest) or "") for code, count, at, newest in rows if at)


def _workers(session: Session) -> tuple[WorkerRow, ...]:
    rows, at = session.scalars(select(Worker).order_by(Worker.executor_id)), moment(session)
    return tuple(
        WorkerRow(
            name=row.executor_id,
            host=row.host,
            version=row.version,
            takes=tuple(row.takes.split()),
            why_idle=row.why_idle,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            alive=at - row.heartbeat_at < SILENCE,
        )
        for row in rows
    )


def _size(session: Session) -> int:
    """Bytes of the database on its disk."""
    url = make_url(str(session.get_bind().engine.url))
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))
    return session.scalar(select(func.pg_database_size(func.current_database()))) or 0
