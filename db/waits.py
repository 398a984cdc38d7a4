"""How long the queue will take, told from how long the latest analyses took."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.jobs import ACTIVE
from db.models import Analysis, Job, Media

LATEST = 20  # analyses that the pace is taken from: the machine and the model as they are now


@dataclass(frozen=True)
class Work:
    """One file: seconds of clip (None for a picture), and seconds that its analysis took or has left, if known."""

    clip_s: float | None
    took_s: float | None


def expected(waiting: Sequence[Work], done: Sequence[Work]) -> float | None:
    """Seconds until all that waits is done, one after another; None where nothing tells.

    Clips are told from the time that clips took per second, pictures from the time that a picture took.
    """
    clips = [(one.took_s, one.clip_s) for one in done if one.clip_s and one.took_s is not None]
    pictures = [one.took_s for one in done if not one.clip_s and one.took_s is not None]
    pace = sum(took for took, _ in clips) / sum(long for _, long in clips) if clips else None
    each = sum(pictures) / len(pictures) if pictures else None
    total = 0.0
    for one in waiting:
        rate = pace if one.clip_s else each
        if one.took_s is None and rate is None:
            return None
        total += one.took_s if one.took_s is not None else (rate or 0.0) * (one.clip_s or 1.0)
    return total


def of_queue(session: Session) -> float | None:
    """Seconds until the queue is empty, if nothing more comes in; None where nothing tells."""
    done = (
        select(Media.duration, Analysis.total_s)
        .join(Analysis.media)
        .order_by(Analysis.id.desc())
        .limit(LATEST)
    )
    waiting = select(Media.duration, Job.seconds_left).join(Job.media).where(Job.state.in_(ACTIVE))
    return expected(
        [Work(*row) for row in session.execute(waiting)], [Work(*row) for row in session.execute(done)]
    )
