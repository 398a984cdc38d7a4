"""The processes that analyse, and whether one is there."""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.models import Worker, now

SILENCE = timedelta(seconds=15)  # three missed beats: the worker stopped


def beat(session: Session, executor_id: str, started_at: datetime) -> None:
    """Say that this process is alive."""
    session.merge(
        Worker(
            executor_id=executor_id,
            pid=os.getpid(),
            host=socket.gethostname(),
            started_at=started_at,
            heartbeat_at=now(),
        )
    )


def sign_off(session: Session, executor_id: str) -> None:
    """This worker stops in good order."""
    session.execute(delete(Worker).where(Worker.executor_id == executor_id))


def number(session: Session) -> int:
    """How many were heard of just now."""
    heard = select(func.count()).select_from(Worker).where(Worker.heartbeat_at > now() - SILENCE)
    return session.scalar(heard) or 0


def alive(session: Session) -> bool:
    """Whether any worker was heard of just now; without one, jobs wait."""
    newest = session.scalar(select(func.max(Worker.heartbeat_at)))
    return newest is not None and now() - newest < SILENCE
