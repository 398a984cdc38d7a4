"""The same person from frame to frame, within one shot: the nearest face of like size, where it was heading."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import hypot, log

from core.evidence import Box, FrameScore
from pipelines.media.faces import Face

REACH = 1.2  # face sizes that a face may be away from where it was expected
GROWTH = 2.0  # factor by which its size may differ
LONGEST_GAP = 1.0  # s that a face may be out of sight (turned away, covered)
GAP_SAMPLES = 2.5  # the same in sampling intervals, for clips that are sampled thinly
CHANCES = 4  # sampled frames of a shot; a face seen once in so many is taken for a mistake of the finder


@dataclass
class Trail:
    """One person within one shot, while it is being followed."""

    shot: int
    seen: list[FrameScore] = field(default_factory=list)

    @property
    def last(self) -> FrameScore:
        """Where it was seen last."""
        return self.seen[-1]

    def expected(self, time: float) -> Box:
        """Where its face should be at `time`, if it went on as it did."""
        if len(self.seen) < 2 or self.last.time == self.seen[-2].time:
            return self.last.box
        before, (x, y, width, height) = self.seen[-2], self.last.box
        ahead = min(1.0, (time - self.last.time) / (self.last.time - before.time))
        return x + ahead * (x - before.box[0]), y + ahead * (y - before.box[1]), width, height


class Tracker:
    """Joins faces to trails, frame by frame. `interval` is the time between two sampled frames in s."""

    def __init__(self, interval: float) -> None:
        self._gap = max(LONGEST_GAP, GAP_SAMPLES * interval)
        self._trails: list[Trail] = []
        self._shots: list[int] = []  # sampled frames of each shot

    def follow(self, faces: Sequence[Face], time: float, begins_shot: bool) -> list[Trail]:
        """The trail that each face belongs to, in the order of `faces`; append what was seen to it."""
        if begins_shot or not self._shots:
            self._shots.append(0)
        self._shots[-1] += 1
        joined = dict(self._nearest(faces, time))
        return [joined.get(number) or self._new_trail() for number in range(len(faces))]

    def finished(self) -> list[Trail]:
        """All trails in order of appearance, without faces that were seen once though there were chances to."""
        return [trail for trail in self._trails if len(trail.seen) > 1 or self._shots[trail.shot] < CHANCES]

    def _nearest(self, faces: Sequence[Face], time: float) -> Iterator[tuple[int, Trail]]:
        """Greedy: the best pair first; each face and each trail once."""
        shot = len(self._shots) - 1
        alive = [
            trail for trail in self._trails if trail.shot == shot and time - trail.last.time <= self._gap
        ]
        pairs = [
            (_distance(trail.expected(time), face.box), f, p)
            for (p, trail), (f, face) in _pairs(alive, faces)
        ]
        free_faces, free_trails = set(range(len(faces))), set(range(len(alive)))
        for distance, face, trail in sorted(pairs):
            if distance < REACH and face in free_faces and trail in free_trails:
                free_faces.remove(face)
                free_trails.remove(trail)
                yield face, alive[trail]

    def _new_trail(self) -> Trail:
        self._trails.append(Trail(len(self._shots) - 1))
        return self._trails[-1]


def letters(number: int) -> str:
    """The id of the track with this number: A … Z, AA, AB …"""
    higher, lowest = divmod(number, 26)
    return (letters(higher - 1) if higher else "") + chr(ord("A") + lowest)


def _pairs(
    trails: Iterable[Trail], faces: Iterable[Face]
) -> Iterator[tuple[tuple[int, Trail], tuple[int, Face]]]:
    return product(enumerate(trails), enumerate(faces))


def _distance(a: Box, b: Box) -> float:
    """Between the centres, in face sizes; infinite where the sizes don't go together."""
    size_a, size_b = (a[2] + a[3]) / 2, (b[2] + b[3]) / 2
    if abs(log(size_a / size_b)) > log(GROWTH):
        return float("inf")
    across = (a[0] + a[2] / 2) - (b[0] + b[2] / 2)
    down = (a[1] + a[3] / 2) - (b[1] + b[3] / 2)
    return hypot(across, down) / ((size_a + size_b) / 2)
