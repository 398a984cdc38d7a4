"""The one way to have workers do something: durable work, noted in the transaction of what it is about.

Work that needs a GPU waits in a queue of its own, which only workers that have one take from.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ParamSpec, TypeVar, get_args

from dbos import DBOS, DBOSClient, EnqueueOptions, WorkflowSerializationFormat
from sqlalchemy.orm import Session

from core.gpu import Device
from core.settings import Settings
from db import workers
from db.session import engine

APPLICATION = "telltale"
PORTABLE = WorkflowSerializationFormat.PORTABLE  # plain JSON: nothing that is read from the queue runs as code
DEVICES = get_args(Device)  # what work may need
ON_GPU = "-gpu"  # ends the name of a queue

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Work:
    """A kind of work: the queue that it waits in, and the workflow that does it, as the worker registers it."""

    queue: str
    workflow: str
    workflow_class: str
    instance: str
    called: str = ""  # by people, within a sentence

    def on(self, device: str) -> "Work":
        """The same work, to be done on this device: where it is `cuda`, only a worker with a GPU takes it."""
        return replace(self, queue=self.queue + ON_GPU) if device == "cuda" else self

    def untaken(self, opened: Session) -> str | None:
        """That nobody takes it up, as a sentence; None where a worker lives that does."""
        if workers.taking(opened, self.queue):
            return None
        who = "with a GPU" if self.queue.endswith(ON_GPU) else "that learns"
        return f"No worker {who} is there: {self.called} waits until one starts."


def workflow(work: Work) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method the workflow of this work.

    The queue's own bound on starts is lifted: it also counts those after a worker left in good order, and says nothing
    to anybody. What may take workers down has a bound of its own, where its starts are counted.
    """
    return DBOS.workflow(name=work.workflow, serialization_type=PORTABLE, max_recovery_attempts=None)


def waiting(config: Settings, works: list[Work]) -> list[Work]:
    """Those of these that something waits for."""
    names = [one.queue for one in works]
    queued = client(config).list_workflows(status="ENQUEUED", queue_name=names, load_input=False, load_output=False)
    found = {one.queue_name for one in queued}
    return [one for one in works if one.queue in found]


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
