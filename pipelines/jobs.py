"""What the desk asks of the workers: analyse this, stop that, try again.

The wish and its job are written in one transaction: there is no job that nobody was told of.
"""

import logging
from typing import get_args
from uuid import uuid4

from sqlalchemy import event
from sqlalchemy.orm import Session

from core import logs
from core.settings import Settings
from db import audit, jobs, workers
from db.models import Job, JobState, Priority
from db.rights import User, require
from db.session import session
from pipelines import durable
from pipelines.durable import Work

WORK = Work(queue=workers.ANALYSES, workflow="analyse", workflow_class="Analyst", instance="desk")

log = logging.getLogger("telltale.queue")


def submit(
    opened: Session,
    config: Settings,
    actor: User,
    media_id: int,
    name: str,
    priority: Priority = "normal",
    samples_per_second: float | None = None,
) -> int:
    """Ask for an analysis in the caller's transaction; gives the job id.

    A file that already waits or runs, to be looked at as closely, isn't asked for twice: that job is given.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    if active := jobs.active_for_media(opened, media_id, samples_per_second):
        return active.id
    job = jobs.add(opened, media_id, name, priority, samples_per_second)
    enqueue(opened, config, job)
    asked = {"name": name} | ({"samples_per_second": samples_per_second} if samples_per_second else {})
    audit.record(opened, actor, "analysis.asked", f"media:{media_id}", job=job.id, **asked)
    return job.id


def cancel(config: Settings, actor: User, job_id: int) -> None:
    """Stop a job: at once where it waits, within a second where it runs; one that ended stays as it is.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    with session(config) as opened:
        if jobs.request_cancel(opened, job_id):
            _record(opened, actor, "analysis.cancelled", opened.get_one(Job, job_id))


def pause(config: Settings, actor: User, job_id: int) -> bool:
    """Let a waiting job rest until it is resumed; says whether it waited.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    with session(config) as opened:
        if paused := jobs.pause(opened, job_id):
            _record(opened, actor, "analysis.paused", opened.get_one(Job, job_id))
    return paused


def resume(config: Settings, actor: User, job_id: int) -> bool:
    """Let a job that rests wait again; says whether it rested.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    with session(config) as opened:
        if job := jobs.resume(opened, job_id):
            enqueue(opened, config, job)
            _record(opened, actor, "analysis.resumed", job)
    return job is not None


def hurry(config: Settings, actor: User, job_id: int) -> bool:
    """Let a job that waits go before those that are not urgent; says whether it changed anything.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    with session(config) as opened:
        if job := jobs.hurry(opened, job_id):
            if job.state == "queued":
                enqueue(opened, config, job)
            _record(opened, actor, "analysis.hurried", job)
    return job is not None


def pause_all(config: Settings, actor: User) -> int:
    """Let all that waits rest; gives how many. What runs goes on, and what comes in later waits as usual.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    return sum(pause(config, actor, job_id) for job_id in _in_state(config, "queued"))


def resume_all(config: Settings, actor: User) -> int:
    """Let all that rests wait again; gives how many.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    return sum(resume(config, actor, job_id) for job_id in _in_state(config, "paused"))


def _in_state(config: Settings, state: JobState) -> list[int]:
    with session(config) as opened:
        return jobs.in_state(opened, state)


def retry(config: Settings, actor: User, job_id: int) -> None:
    """Try a failed or cancelled job again.

    Raises:
        NotAllowed: the actor may not run analyses.
        TelltaleError: `not_retryable`.
    """
    require(actor, "run")
    with session(config) as opened:
        job = jobs.again(opened, job_id)
        enqueue(opened, config, job)
        _record(opened, actor, "analysis.retried", job)


def _record(opened: Session, actor: User, action: str, job: Job) -> None:
    audit.record(opened, actor, action, f"media:{job.media_id}", job=job.id, attempt=job.attempt)


def enqueue(opened: Session, config: Settings, job: Job) -> None:
    """Have a worker take this job up, in the caller's transaction."""
    job.workflow_id = f"job-{job.id}-{job.attempt}-{uuid4().hex[:8]}"  # a paused one was enqueued before
    opened.flush()
    priority = get_args(Priority).index(job.priority) + 1
    durable.enqueue(opened, config, WORK, job.workflow_id, job.id, priority=priority)
    _tell_once_committed(opened, job)


def _tell_once_committed(opened: Session, job: Job) -> None:
    """The first line about a job: nothing is said of one that was rolled back."""
    told = {"job": job.id, "media": job.media.sha256 if job.media else None, "called": job.name}

    def tell(_session: Session) -> None:
        with logs.about(**told):
            log.info("queued, attempt %d", job.attempt)

    event.listen(opened, "after_commit", tell, once=True)
