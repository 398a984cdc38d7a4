"""The queue as people see it: what waits, runs, failed or is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Select, Update, func, select, update
from sqlalchemy.orm import Session, aliased

from core.errors import TelltaleError
from core.evidence import Band, MediaInfo, MediaKind
from db.models import Analysis, Artifact, Job, JobState, Media, Origin, Priority, now
from db.models_people import Case, CaseItem, JobLink

ACTIVE: tuple[JobState, ...] = ("queued", "running")
TO_COME: tuple[JobState, ...] = (*ACTIVE, "paused")
SHARE_OF_STAGE = {"faces": (0.0, 90.0), "explain": (90.0, 100.0)}  # percent of the analysis


@dataclass(frozen=True)
class JobRow:
    """One line of the queue."""

    id: int
    name: str
    priority: Priority
    samples_per_second: float | None  # None: as many as the desk's settings say
    state: JobState
    stage: str | None
    percent: float
    frames_done: int
    frames_total: int | None
    seconds_left: float | None
    error_code: str | None
    error_message: str | None
    cancel_requested: bool
    attempt: int
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    heartbeat_at: datetime | None
    media_id: int | None  # None for a refused file
    sha256: str | None
    kind: MediaKind | None
    duration: float | None
    origin: Origin | None
    analysis_id: int | None
    band: Band | None
    score: float | None
    thumbnail: str | None  # path of a small picture, relative to home
    case_title: str | None  # of the case that its file was put into last
    known_since: datetime | None  # when the same file came in first; None where that was this time
    address: str | None  # of the page that its file comes from; None where the file itself was given


def add(
    session: Session,
    media_id: int | None,
    name: str,
    priority: Priority,
    samples_per_second: float | None = None,
) -> Job:
    """A job that waits, for a file that is here or is still to be fetched (None).

    The caller enqueues its workflow in the same transaction.
    """
    job = Job(media_id=media_id, name=name, priority=priority, samples_per_second=samples_per_second)
    session.add(job)
    session.flush()
    return job


def add_refused(session: Session, name: str, refusal: TelltaleError, priority: Priority) -> int:
    """A job for a file that was not let in: failed from the start, with its reason."""
    job = Job(name=name, priority=priority, created_at=now())
    session.add(job)
    _end(job, "failed")
    job.error_code, job.error_message = refusal.code, refusal.message
    session.flush()
    return job.id


def active_for_media(session: Session, media_id: int, samples_per_second: float | None = None) -> Job | None:
    """The job that already waits, rests or runs for a file, looking at it as closely."""
    as_closely = Job.samples_per_second.is_not_distinct_from(samples_per_second)
    query = select(Job).where(Job.media_id == media_id, Job.state.in_(TO_COME), as_closely)
    return session.scalar(query.limit(1))


def arrived(session: Session, job_id: int, media_id: int, info: MediaInfo) -> None:
    """The file that a job was to fetch is here."""
    job = session.get_one(Job, job_id)
    job.media_id, job.name = media_id, info.name
    if info.kind == "image":
        job.samples_per_second = None  # there is nothing to sample


def get(session: Session, job_id: int) -> JobRow | None:
    """One job; None for an unknown id."""
    found = session.execute(_rows().where(Job.id == job_id)).first()
    return None if found is None else JobRow(**found._mapping)


def latest(
    session: Session, limit: int = 50, offset: int = 0, states: Sequence[JobState] = ()
) -> list[JobRow]:
    """Jobs, newest first: an order that doesn't change while they run. `states` keeps only those."""
    query = _rows().order_by(Job.id.desc()).limit(limit).offset(offset)
    if states:
        query = query.where(Job.state.in_(states))
    return [JobRow(**row._mapping) for row in session.execute(query)]


def any_waits(session: Session) -> bool:
    """Whether somebody waits for an analysis that has not begun."""
    return session.scalar(select(Job.id).where(Job.state == "queued").limit(1)) is not None


def counts(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state; every state is there."""
    query = select(Job.state, func.count()).group_by(Job.state)
    found: dict[JobState, int] = dict(session.execute(query).all())
    return {state: found.get(state, 0) for state in get_args(JobState)}


def begin(session: Session, job_id: int, workflow_id: str) -> bool:
    """A worker takes a job up, for the first time or again after a stop.

    Says no where the job was cancelled, deleted or tried again meanwhile: then this workflow has nothing to do.
    """
    job = session.get(Job, job_id, with_for_update=True)  # somebody may be pausing it at this moment
    if job is None or job.workflow_id != workflow_id or job.state not in ACTIVE:
        return False
    job.state, job.stage = "running", "starting"
    job.starts += 1
    job.started_at = job.started_at or now()
    job.heartbeat_at = now()
    job.percent, job.frames_done, job.seconds_left = 0.0, 0, None
    return True


def give_back(session: Session, job_id: int) -> None:
    """The worker that has the job in hand leaves in good order: this start was not cut off by anything."""
    in_hand = update(Job).where(Job.id == job_id, Job.state == "running", Job.starts > 0)
    session.execute(in_hand.values(starts=Job.starts - 1))


def progress(
    session: Session, job_id: int, stage: str, done: int, total: int, seconds_left: float | None
) -> bool:
    """Write how far a running job is; says whether somebody asked to cancel it.

    `done` of `total` are heatmaps in the stage "explain", bytes in "fetch", frames in any other.
    """
    job = session.get_one(Job, job_id)
    job.stage, job.seconds_left, job.heartbeat_at = stage, seconds_left, now()
    begins, ends = SHARE_OF_STAGE.get(stage, (0.0, 100.0))
    job.percent = begins + (ends - begins) * min(1.0, done / max(total, 1))
    if stage not in ("fetch", "explain"):
        job.frames_done, job.frames_total = done, total
    return job.cancel_requested


def beat(session: Session, job_id: int) -> bool:
    """Say that a job still runs; says whether somebody asked to cancel it."""
    session.execute(update(Job).where(Job.id == job_id).values(heartbeat_at=now()))
    return bool(session.scalar(select(Job.cancel_requested).where(Job.id == job_id)))


def finish(session: Session, job_id: int, analysis_id: int) -> None:
    """The job is done, and this is its result."""
    job = session.get_one(Job, job_id)
    job.analysis_id, job.percent = analysis_id, 100.0
    _end(job, "done")


def fail(session: Session, job_id: int, code: str, message: str) -> None:
    """The job ended without a result, for this reason; one that ended meanwhile stays as it is."""
    job = session.get_one(Job, job_id, populate_existing=True, with_for_update=True)
    if job.state not in ACTIVE:
        return
    job.error_code, job.error_message = code, message
    _end(job, "failed")


def fail_of(session: Session, job_id: int, workflow_id: str, code: str, message: str) -> bool:
    """As `fail`, where the job still waits for this workflow; says whether it did."""
    job = session.get(Job, job_id, populate_existing=True, with_for_update=True)
    if job is None or job.workflow_id != workflow_id or job.state not in ACTIVE:
        return False
    fail(session, job_id, code, message)
    return True


def active_workflows(session: Session) -> dict[str, int]:
    """The workflows that jobs wait for, each with its job."""
    query = select(Job.workflow_id, Job.id).where(Job.state.in_(ACTIVE), Job.workflow_id.is_not(None))
    return {str(workflow_id): job_id for workflow_id, job_id in session.execute(query)}


def put_back(session: Session) -> list[Job]:
    """Let everything that runs wait again, as on a desk that no worker works for; gives all that waits."""
    waiting = session.scalars(select(Job).where(Job.state.in_(ACTIVE)).order_by(Job.id)).all()
    for job in waiting:
        job.state, job.stage = "queued", None
    return list(waiting)


def mark_cancelled(session: Session, job_id: int) -> None:
    """The job was stopped on request."""
    _end(session.get_one(Job, job_id), "cancelled")


def request_cancel(session: Session, job_id: int) -> bool:
    """Stop a job: at once where it waits, as soon as its worker hears of it where it runs. Else it says no."""
    job = session.get_one(Job, job_id)
    if job.state not in TO_COME or job.cancel_requested:
        return False
    job.cancel_requested = True
    if job.state in ("queued", "paused"):
        _end(job, "cancelled")
    return True


def pause(session: Session, job_id: int) -> bool:
    """Let a waiting job rest: no worker takes it until it is resumed. Says no for one that does not wait."""
    waits = update(Job).where(Job.id == job_id, Job.state == "queued").values(state="paused")
    return _changed(session, waits)


def resume(session: Session, job_id: int) -> Job | None:
    """Let a job that rests wait again, behind those of its priority; None where it does not rest.

    The caller enqueues its workflow: the one that it had may have come up and gone while it rested.
    """
    rests = update(Job).where(Job.id == job_id, Job.state == "paused").values(state="queued", queued_at=now())
    return session.get_one(Job, job_id, populate_existing=True) if _changed(session, rests) else None


def hurry(session: Session, job_id: int) -> Job | None:
    """Make a job urgent that waits or rests; None where it does neither, or is urgent already.

    The caller enqueues its workflow where it waits: the one that it had keeps its place, and will find nothing to do.
    """
    to_come = Job.state.in_(("queued", "paused")) & (Job.priority != "urgent")
    hurried = update(Job).where(Job.id == job_id, to_come).values(priority="urgent")
    return session.get_one(Job, job_id, populate_existing=True) if _changed(session, hurried) else None


def in_state(session: Session, state: JobState) -> list[int]:
    """The jobs in a state, oldest first."""
    return list(session.scalars(select(Job.id).where(Job.state == state).order_by(Job.id)))


def again(session: Session, job_id: int) -> Job:
    """A new attempt of a job that failed or was cancelled. The caller enqueues its workflow.

    Raises:
        TelltaleError: `not_retryable` where the job is active or done, or its file was refused.
    """
    job = session.get_one(Job, job_id)
    if job.media_id is None and session.get(JobLink, job_id) is None:
        raise TelltaleError(
            "not_retryable", "This file was refused and not kept: drop a mended copy instead."
        )
    if job.state not in ("failed", "cancelled"):
        raise TelltaleError("not_retryable", "Only a job that failed or was cancelled can be tried again.")
    job.attempt += 1
    job.model_id, job.queued_at = None, now()
    job.state, job.stage, job.cancel_requested, job.starts = "queued", None, False, 0
    job.error_code = job.error_message = job.started_at = job.finished_at = job.heartbeat_at = None
    job.percent, job.frames_done, job.frames_total, job.seconds_left = 0.0, 0, None, None
    return job


def _changed(session: Session, change: Update) -> bool:
    """In one statement: a worker may be taking the very job up at this moment."""
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def _end(job: Job, state: JobState) -> None:
    job.state, job.stage, job.seconds_left, job.finished_at = state, None, None, now()


def _rows() -> Select[*tuple[Any, ...]]:
    """Columns under the names of `JobRow`'s fields."""
    thumbnail = (
        select(Artifact.path)
        .where(Artifact.analysis_id == Job.analysis_id, Artifact.kind == "frame")
        .order_by(Artifact.id)
        .limit(1)
        .scalar_subquery()
    )
    case_title = (
        select(Case.title)
        .join(CaseItem, CaseItem.case_id == Case.id)
        .where(CaseItem.media_id == Job.media_id)
        .order_by(CaseItem.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    earlier = aliased(Job)
    known_since = (
        select(func.min(earlier.created_at))
        .where(earlier.media_id == Job.media_id, earlier.id < Job.id)
        .correlate(Job)
        .scalar_subquery()
    )
    asked = (Job.id, Job.name, Job.priority, Job.samples_per_second)
    stands = (Job.state, Job.stage, Job.percent, Job.frames_done)
    went = (Job.frames_total, Job.seconds_left, Job.error_code, Job.error_message, Job.cancel_requested)
    when = (Job.attempt, Job.created_at, Job.queued_at, Job.started_at, Job.finished_at, Job.heartbeat_at)
    media = (Job.media_id, Media.sha256, Media.kind, Media.duration, Media.origin)
    result = (Job.analysis_id, Analysis.band, Analysis.score, thumbnail.label("thumbnail"))
    belongs = (case_title.label("case_title"), known_since.label("known_since"), JobLink.address)
    return select(*asked, *stands, *went, *when, *media, *result, *belongs).outerjoin(Job.media).outerjoin(
        Job.analysis
    ).outerjoin(JobLink, JobLink.job_id == Job.id)
