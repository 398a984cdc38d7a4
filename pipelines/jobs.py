"""What the desk asks of the workers: analyse this, stop that, try again.

The wish and its job are written in one transaction: there is no job that nobody was told of.
"""

from functools import cache
from typing import get_args

from dbos import DBOSClient, EnqueueOptions, WorkflowSerializationFormat
from sqlalchemy.orm import Session

from core.settings import Settings
from db import jobs
from db.models import Job, Priority
from db.session import engine, session

APPLICATION = "telltale"
QUEUE = "analyses"
WORKFLOW = "analyse"
WORKFLOW_CLASS = "Analyst"
INSTANCE = "desk"


def submit(opened: Session, config: Settings, media_id: int, name: str, priority: Priority = "normal") -> int:
    """Ask for an analysis in the caller's transaction; gives the job id.

    A file that already waits or runs isn't asked for twice: the job that is there is given.
    """
    if active := jobs.active_for_media(opened, media_id):
        return active.id
    job = jobs.add(opened, media_id, name, priority)
    _enqueue(opened, config, job)
    return job.id


def cancel(config: Settings, job_id: int) -> None:
    """Stop a job: at once where it waits, within a second where it runs; one that ended stays as it is."""
    with session(config) as opened:
        jobs.request_cancel(opened, job_id)


def retry(config: Settings, job_id: int) -> None:
    """Try a failed or cancelled job again.

    Raises:
        TelltaleError: `not_retryable`.
    """
    with session(config) as opened:
        _enqueue(opened, config, jobs.again(opened, job_id))


def _enqueue(opened: Session, config: Settings, job: Job) -> None:
    job.workflow_id = f"job-{job.id}-{job.attempt}"
    opened.flush()
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "class_name": WORKFLOW_CLASS,
        "instance_name": INSTANCE,
        "queue_name": QUEUE,
        "workflow_id": job.workflow_id,
        "priority": get_args(Priority).index(job.priority) + 1,
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }
    _client(config.resolved_database_url()).enqueue_in_transaction(opened, options, job.id)


@cache
def _client(url: str) -> DBOSClient:
    return DBOSClient(system_database_engine=engine(url), application_name=APPLICATION, lazy=True)
