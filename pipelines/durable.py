"""The one way to have workers do something: durable work, noted in the transaction of what it is about."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from dbos import DBOSClient, EnqueueOptions, WorkflowSerializationFormat
from sqlalchemy.orm import Session

from core.settings import Settings
from db.session import engine

APPLICATION = "telltale"
PORTABLE = WorkflowSerializationFormat.PORTABLE  # plain JSON: nothing that is read from the queue runs as code


@dataclass(frozen=True)
class Work:
    """A kind of work: the queue that it waits in, and the workflow that does it, as the worker registers it."""

    queue: str
    workflow: str
    workflow_class: str
    instance: str


def enqueue(
    opened: Session, config: Settings, work: Work, workflow_id: str, *given: Any, priority: int | None = None
) -> None:
    """Have a worker do this in its turn, once for each id; it is told what is `given`, as plain JSON.

    In the caller's transaction: what is rolled back is asked of nobody. `priority`: 1 comes first.
    """
    options: EnqueueOptions = {
        "queue_name": work.queue,
        "workflow_name": work.workflow,
        "class_name": work.workflow_class,
        "instance_name": work.instance,
        "workflow_id": workflow_id,
        "serialization_type": PORTABLE,
    }
    if priority is not None:
        options["priority"] = priority
    client(config).enqueue_in_transaction(opened, options, *given)


def client(config: Settings) -> DBOSClient:
    """The way to the queue, which shares the desk's database."""
    return _client(config.resolved_database_url())


@cache
def _client(url: str) -> DBOSClient:
    return DBOSClient(system_database_engine=engine(url), application_name=APPLICATION, lazy=True)
