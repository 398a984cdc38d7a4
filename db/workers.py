"""The processes that analyse: which are there, what they take, and why they don't.

Moments are the database's own, on both sides of every comparison: the clocks of machines differ, and one that is turned
must not make a worker look dead.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.version import build
from db.models import Worker
from db.session import moment

SILENCE = timedelta(seconds=20)  # four missed beats: the worker stopped
ANALYSES = "analyses"  # the queue that files wait in


@dataclass(frozen=True)
class AtWork:
    """A worker that was heard of just now."""

    name: str
    host: str
    version: str
    takes: tuple[str, ...]  # the queues that it works for
    why_idle: str | None
    watches: str | None  # the folder that it takes new files from
    watch_says: str | None  # what is wrong with that folder, or with files in it


def beat(
    session: Session, executor_id: str, started_at: datetime, takes: str = ANALYSES, why_idle: str | None = None
) -> None:
    """Say that this process is alive, which queues it works for, apart by spaces, and why it takes nothing if so."""
    row = session.get(Worker, executor_id) or Worker(executor_id=executor_id)
    row.pid, row.host, row.version = os.getpid(), socket.gethostname(), build()
    row.takes, row.why_idle, row.started_at = takes, why_idle, started_at
    row.heartbeat_at = func.now()
    session.add(row)


def watch(session: Session, executor_id: str, folder: str | None, says: str | None = None) -> None:
    """Say which folder this process takes new files from, if any, and what people should know about it."""
    told = {"watches": folder, "watch_says": says}
    session.execute(update(Worker).where(Worker.executor_id == executor_id).values(told))


def sign_off(session: Session, executor_id: str) -> None:
    """This worker stops in good order."""
    session.execute(delete(Worker).where(Worker.executor_id == executor_id))


def taking(session: Session, queue: str) -> int:
    """How many take work from a queue now."""
    return sum(one.why_idle is None and queue in one.takes for one in at_work(session))


def at_work(session: Session) -> list[AtWork]:
    """The workers that were heard of just now, by name."""
    session.flush()
    since = moment(session) - SILENCE
    rows = session.scalars(select(Worker).where(Worker.heartbeat_at >= since).order_by(Worker.executor_id))
    return [_at_work(row) for row in rows]


def _at_work(row: Worker) -> AtWork:
    takes = tuple(row.takes.split())
    return AtWork(row.executor_id, row.host, row.version, takes, row.why_idle, row.watches, row.watch_says)


def alive(session: Session) -> bool:
    """Whether anybody takes anything."""
    return any(one.why_idle is None for one in at_work(session))
