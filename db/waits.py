"""How long what waits will wait, told from the pace of the latest analyses and from how many workers live."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import get_args

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from core.evidence import MediaKind
from core.settings import Settings
from db import workers
from db.models import Analysis, Job, Media, Priority

LATEST = 20  # analyses of a kind that the pace is taken from: the machine and the model as they are now
LOOKED_THROUGH = 200  # analyses, the newest, among which those of each kind are looked for


@dataclass(frozen=True)
class Pace:
    """What an analysis takes here; None where no recent one tells."""

    frame_s: float | None  # s for each frame of a clip that is looked at
    picture_s: float | None  # s for a picture


@dataclass(frozen=True)
class Waiting:
    """One file that waits. `kind` is None where it has still to be fetched."""

    job_id: int
    kind: MediaKind | None
    frames: float | None  # of a clip, to be looked at


@dataclass(frozen=True)
class Wait:
    """What one job waits for: the jobs before it, and s until it begins; None where nothing tells."""

    before: int
    seconds: float | None


@dataclass(frozen=True)
class Outlook:
    """What the whole queue waits for: each waiting job's wait, and s until all is done."""

    jobs: dict[int, Wait]
    seconds: float | None


def outlook(session: Session, config: Settings) -> Outlook:
    """The waits as they are now, if nothing more comes in."""
    running = list(session.scalars(select(Job.seconds_left).where(Job.state == "running")))
    return expected(_waiting(session, config), running, pace(session), workers.taking(session, workers.ANALYSES))


def expected(
    waiting: Sequence[Waiting], running: Sequence[float | None], pace: Pace, living: int
) -> Outlook:
    """The waits of jobs that are taken one after another, each by the worker that is free first.

    `running` is what each running job has left, s; None where it doesn't know yet. What nobody can tell makes all
    that depends on it unknown. Without a living worker nothing is known at all.
    """
    left = [math.inf if one is None else one for one in running]
    free = [*left, *[0.0] * (living - len(left))] if living else [math.inf]
    heapq.heapify(free)
    waits = {}
    for before, one in enumerate(waiting, len(running)):
        begins = heapq.heappop(free)
        waits[one.job_id] = Wait(before, _known(begins))
        heapq.heappush(free, begins + _length(one, pace))
    return Outlook(waits, _known(max(free)))


def pace(session: Session) -> Pace:
    """How fast the latest analyses went, clips and pictures apart."""
    query = (
        select(Media.kind, Analysis.total_s, Analysis.frames_sampled)
        .join(Analysis.media)
        .order_by(Analysis.id.desc())
        .limit(LOOKED_THROUGH)
    )
    found = session.execute(query).all()
    clips = [(took, frames) for kind, took, frames in found if kind == "video" and frames][:LATEST]
    pictures = [took for kind, took, _ in found if kind == "image"][:LATEST]
    frames = sum(frames for _, frames in clips)
    return Pace(sum(took for took, _ in clips) / frames if clips else None, fmean(pictures) if pictures else None)


def _waiting(session: Session, config: Settings) -> list[Waiting]:
    """All that waits, in the order in which it is taken up."""
    due = case({priority: rank for rank, priority in enumerate(get_args(Priority))}, value=Job.priority)
    query = (
        select(Job.id, Media.kind, Media.duration, Job.samples_per_second)
        .outerjoin(Job.media)
        .where(Job.state == "queued")
        .order_by(due, Job.queued_at, Job.id)
    )
    return [
        Waiting(number, kind, _frames(duration, config.sampling(rate)) if duration else None)
        for number, kind, duration, rate in session.execute(query)
    ]


def _frames(duration: float, config: Settings) -> float:
    """How many frames of a clip are looked at; fewer only where it does not have them."""
    return min(max(duration * config.samples_per_second, config.min_samples), config.max_samples)


def _length(one: Waiting, pace: Pace) -> float:
    if one.kind == "image":
        return math.inf if pace.picture_s is None else pace.picture_s
    return math.inf if pace.frame_s is None or one.frames is None else pace.frame_s * one.frames


def _known(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds
