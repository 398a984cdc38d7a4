"""Where one shot ends and the next begins, judged between the sampled frames.

A cut changes the colours *and* where they lie. Motion, a pan or a flash mostly changes one of the two, so the
product of both tells them apart. Fast shots raise the threshold; a flash is known by the picture coming back.
A slow dissolve is not found.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.media.decode import Frame
from pipelines.media.shrink import halved
from pipelines.media.upright import Image

CUT = 0.22  # least change; over 8,500 pairs of sampled frames, cuts began at 0.26 and motion ended at 0.18
RESTLESS = 2.5  # and this many times the usual change of the shot so far
MEMORY = 8  # sampled frames that "usual" is taken from
THUMBNAIL, LAYOUT = (64, 36), (16, 9)
BINS = (8, 4, 8)  # hue, saturation, value
FLAT = 1.0  # grey levels of spread; below, a picture has no layout to compare


@dataclass(frozen=True)
class Look:
    """What is kept of a frame to compare it with others."""

    colours: NDArray[np.float32]  # histogram over hue, saturation and value
    layout: NDArray[np.float32]  # [144] luma of a 16 × 9 grid, mean 0 and length 1; zeros where flat


def look(image: Image) -> Look:
    """The look of one picture."""
    small = cv2.resize(halved(image, max(THUMBNAIL)), THUMBNAIL, interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    colours = cv2.calcHist([hsv], [0, 1, 2], None, list(BINS), [0, 180, 0, 256, 0, 256])
    grid = cv2.resize(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), LAYOUT, interpolation=cv2.INTER_AREA)
    layout = grid.astype(np.float32).ravel() - grid.mean()
    return Look(
        np.asarray(colours, np.float32),
        layout / np.linalg.norm(layout) if grid.std() > FLAT else np.zeros_like(layout),
    )


def change(a: Look, b: Look) -> float:
    """How much differs between two looks: about 0 within a shot, towards 1 (2 for a negative) across a cut."""
    colours = cv2.compareHist(a.colours, b.colours, cv2.HISTCMP_BHATTACHARYYA)
    return float(colours * (1 - a.layout @ b.layout))


def with_cuts(frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Each frame, and whether a shot begins with it (the first one does). Runs one frame ahead of what it yields."""
    cutter = _Cutter()
    waiting: tuple[Frame, Look] | None = None
    for frame in frames:
        seen = look(frame.small)
        if waiting:
            yield waiting[0], cutter.begins_shot(waiting[1], seen)
        waiting = frame, seen
    if waiting:
        yield waiting[0], cutter.begins_shot(waiting[1], None)


class _Cutter:
    """Remembers the running shot."""

    def __init__(self) -> None:
        self._last: Look | None = None
        self._usual: deque[float] = deque(maxlen=MEMORY)

    def begins_shot(self, this: Look, following: Look | None) -> bool:
        if self._last is None:
            self._last = this
            return True
        moved = change(self._last, this)
        jumped = moved > self._threshold()
        if jumped and following and change(self._last, following) <= self._threshold():
            return (
                False  # a flash: the picture comes back, so the next frame is compared with the one before it
            )
        self._last = this
        self._usual.clear() if jumped else self._usual.append(moved)
        return jumped

    def _threshold(self) -> float:
        return max(CUT, RESTLESS * float(np.mean(self._usual))) if self._usual else CUT
