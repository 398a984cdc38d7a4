"""How far an analysis is, and where its time goes."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from core.evidence import MediaInfo, Timing

Item = TypeVar("Item")
Stage = Literal["decode", "faces", "score", "explain"]

BETWEEN_REPORTS = 0.25  # s; whoever listens may write to a database


@dataclass(frozen=True)
class Progress:
    """`done` of `total` pieces of a stage; `seconds_left` is None while nothing can be said."""

    stage: Stage
    done: int
    total: int
    seconds_left: float | None


Report = Callable[[Progress], None]


class Clock:
    """Adds up the time of each stage. Stages run side by side, so together they may come to more than the whole.

    Frames are decoded meanwhile: `decode` is what had to be waited for them. Each stage is counted by one thread alone.
    """

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self._spent: defaultdict[Stage, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Counts what happens inside as time of `name`."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] += time.perf_counter() - begun

    def each(self, name: Stage, items: Iterable[Item]) -> Iterator[Item]:
        """Counts the waiting for each item as time of `name`."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                item = next(iterator, None)
            if item is None:
                return
            yield item

    def timing(self) -> Timing:
        """The sums so far."""
        return Timing(
            decode_s=round(self._spent["decode"], 4),
            faces_s=round(self._spent["faces"], 4),
            score_s=round(self._spent["score"], 4),
            explain_s=round(self._spent["explain"], 4),
            total_s=round(time.perf_counter() - self.started, 4),
        )


class Reporter:
    """Tells how far the pass through the frames is, a few times a second."""

    def __init__(
        self, report: Report, info: MediaInfo, per_second: float, at_least: int, at_most: int
    ) -> None:
        self._report, self._duration = report, info.duration or 0.0
        has = round(self._duration * (info.fps or 0.0)) or 1
        self._total = min(has, at_most, max(at_least, round(self._duration * per_second)))
        self._done, self._started, self._told = 0, time.perf_counter(), 0.0

    def frame(self, at: float) -> None:
        """One more frame is done, the one at this time of the clip. Passes on what `report` raises."""
        self._done += 1
        now = time.perf_counter()
        if now - self._told >= BETWEEN_REPORTS:
            self._told = now
            self._report(Progress("faces", self._done, max(self._total, self._done), self._left(at, now)))

    def _left(self, at: float, now: float) -> float | None:
        return (now - self._started) * (self._duration - at) / at if 0 < at <= self._duration else None
