"""Where to look for faces in each frame, so that small ones are found without tiling every frame.

Tiling a 1080p frame costs as much as decoding 50 of them. So a whole search is made where something new can be
expected, and between those each frame gets a look at the whole, one closer look at a part of it (the next part in
the next frame), and closer looks at the small faces seen last.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import numpy as np

from core.evidence import Box
from pipelines.media.decode import Frame
from pipelines.media.faces import Face, FaceFinder
from pipelines.media.upright import Image

BETWEEN_SEARCHES = 4.0  # s of clip, at least, between the searches made because a shot begins
WITHOUT_FACE = 2.0  # s, the same while no face is seen
SMALL = 1 / 16  # of the picture's longer side; the look at the whole may lose or misjudge narrower faces
ROOM, LEAST_SIDE = 4, 64  # a closer look is this many face widths wide, and at least so many px
PART, STEP = 320, 240  # px: side of the part that is looked at closely, and the way to the next one
COVERED = 0.3  # share of the smaller box that two people may hide of each other
FILLING, SURE = 0.5, 0.95  # least width of a face that fills the picture, and presence to believe in it


class FaceSearch:
    """Finds the faces of a clip, frame by frame; ask in order."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self._searched: float | None = None
        self._small: list[Face] = []  # those seen last
        self._turn = 0

    def faces(self, frame: Frame, begins_shot: bool) -> list[Face]:
        """The faces of this frame, largest first."""
        self._small = [] if begins_shot else self._small
        look = self._search if self._due(frame, begins_shot, BETWEEN_SEARCHES) else self._glance
        found = look(frame) or self._filling(frame.image)
        if not found and self._due(frame, True, WITHOUT_FACE):
            found = self._search(frame)
        self._small = [face for face in found if _is_small(face, frame.image)]
        return found

    def _due(self, frame: Frame, wanted: bool, pause: float) -> bool:
        return self._searched is None or (wanted and frame.time - self._searched >= pause)

    def _search(self, frame: Frame) -> list[Face]:
        self._searched = frame.time
        return self._surely(
            frame.image, _joined(self._finder.find(frame.image, frame.afar), self._finder.search(frame.image))
        )

    def _glance(self, frame: Frame) -> list[Face]:
        seen = _joined(self._finder.find(frame.image, frame.afar), self._small)
        return _joined(self._surely(frame.image, seen), self._next_part(frame.image))

    def _surely(self, image: Image, seen: list[Face]) -> list[Face]:
        """Of these, the large ones, and the small ones that a closer look bears out: from afar it may misjudge them."""
        closer = [self._closer(image, *_around(face.box, image)) for face in seen if _is_small(face, image)]
        return _joined([face for face in seen if not _is_small(face, image)], chain.from_iterable(closer))

    def _next_part(self, image: Image) -> list[Face]:
        """The faces in the part whose turn it is; none where the whole is small enough."""
        height, width = image.shape[:2]
        if max(height, width) <= 2 * PART:
            return []
        columns, rows = -(-width // STEP), -(-height // STEP)
        row, column = divmod(self._turn % (columns * rows), columns)
        self._turn += 1
        return self._closer(image, column * STEP, row * STEP, PART)

    def _closer(self, image: Image, x: int, y: int, side: int) -> list[Face]:
        """The faces that lie wholly inside a square of the picture."""
        height, width = image.shape[:2]
        x, y = max(0, min(x, width - side)), max(0, min(y, height - side))
        part = image[y : y + side, x : x + side]
        return [_moved(face, x, y) for face in self._finder.find(part) if _inside(face.box, part.shape)]

    def _filling(self, image: Image) -> list[Face]:
        """The face of a picture that is nothing but a face: the finder wants some room around one."""
        face = self._finder.landmarks_of_crop(image)
        return [face] if face and face.presence >= SURE and face.box[2] >= FILLING * image.shape[1] else []


def _is_small(face: Face, image: Image) -> bool:
    return face.box[2] < SMALL * max(image.shape)


def _around(box: Box, image: Image) -> tuple[int, int, int]:
    """Corner and side of a square about the box, with room for a face that moved."""
    side = int(min(max(ROOM * max(box[2:]), LEAST_SIDE), *image.shape[:2]))
    return int(box[0] + box[2] / 2 - side / 2), int(box[1] + box[3] / 2 - side / 2), side


def _joined(whole: list[Face], closer: Iterable[Face]) -> list[Face]:
    """What the look at the whole found, and what only a closer look did: a tile's edge may cut through a face."""
    kept = list(whole)
    for face in closer:
        if all(_hidden(face.box, other.box) < COVERED for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: face.box[2] * face.box[3], reverse=True)


def _hidden(a: Box, b: Box) -> float:
    """The share of the smaller box that lies in the other."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height) / min(a[2] * a[3], b[2] * b[3])


def _inside(box: Box, shape: tuple[int, ...]) -> bool:
    return box[0] > 0 and box[1] > 0 and box[0] + box[2] < shape[1] and box[1] + box[3] < shape[0]


def _moved(face: Face, x: int, y: int) -> Face:
    left, top, width, height = face.box
    return replace(
        face, box=(left + x, top + y, width, height), landmarks=face.landmarks + np.array([x, y], np.float32)
    )
