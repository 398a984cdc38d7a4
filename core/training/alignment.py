"""Which genuine clip a forged one was made from: the same moment, the same surroundings, another face.

Cut where its original was, such a fake differs from it by the manipulation alone, and their difference says where.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.training.fakes import Image, Points

THUMBNAIL = 64  # px
FACE_GROWTH = 1.4  # what counts as the face when surroundings are compared, relative to the mesh
ALIKE = 0.97  # correlation of surroundings; re-encoding leaves it above, another place does not
NEAR = 0.03  # mean distance of two meshes, relative to the width: a swap keeps the pose


@dataclass(frozen=True)
class Moment:
    """One frame of a clip: the mesh of its largest face, px, and a grey thumbnail [64, 64]."""

    name: str
    landmarks: Points
    thumbnail: NDArray[np.float32]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, name: str, image: Image, landmarks: Points) -> "Moment":
        """The moment that `image` shows; `name` is what it and a fake of it share."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        return cls(name, landmarks, small.astype(np.float32), image.shape)


def original_of(forged: Moment, candidates: list[Moment]) -> Moment | None:
    """The one of the `candidates`, genuine and of the same time, that `forged` was made from; None where none was."""
    fitting = [c for c in candidates if c.shape == forged.shape and _alike(forged, c) > ALIKE]
    nearest = min(fitting, key=lambda c: _distance(forged, c), default=None)
    return nearest if nearest is not None and _distance(forged, nearest) < NEAR else None


def _alike(one: Moment, other: Moment) -> float:
    """Correlation of what surrounds the faces of both."""
    around = _around_face(one) & _around_face(other)
    if around.sum() < THUMBNAIL:  # a face that fills the picture has no surroundings to be known by
        return 0.0
    return float(np.corrcoef(one.thumbnail[around], other.thumbnail[around])[0, 1])


def _around_face(moment: Moment) -> NDArray[np.bool_]:
    height, width = moment.shape[:2]
    scaled = moment.landmarks * (THUMBNAIL / np.array([width, height], np.float32))
    low, high = scaled.min(0), scaled.max(0)
    centre, half = (low + high) / 2, (high - low) / 2 * FACE_GROWTH
    rows, columns = np.mgrid[:THUMBNAIL, :THUMBNAIL]
    return np.asarray((abs(columns - centre[0]) > half[0]) | (abs(rows - centre[1]) > half[1]))


def _distance(one: Moment, other: Moment) -> float:
    """How far the two meshes lie apart, in widths of the first."""
    width = float(np.ptp(one.landmarks[:, 0]))
    return float(np.linalg.norm(one.landmarks - other.landmarks, axis=1).mean()) / width
