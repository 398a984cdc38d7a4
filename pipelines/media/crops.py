"""The one definition of "the crop of this face"; training, evaluation and the desk all cut with it.

The square is turned so that the eyes are level, centred on the face mesh, and has the mesh's longer side plus a
margin. Near an edge of the picture the margin gives way before pixels are invented, so that a picture which is
already a tight crop yields itself and not a border.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detectors.card import CropSpec
from core.errors import WeightsRefused

CROP_VERSION = "mesh-1"

OUTER_EYE_CORNERS = (33, 263)  # of the 468-point mesh: the one on the picture's left first

Image = NDArray[np.uint8]  # [height, width, 3], RGB
Matrix = NDArray[np.float64]  # [2, 3], affine


def crop_matrix(landmarks: NDArray[np.float32], picture_shape: tuple[int, ...], spec: CropSpec) -> Matrix:
    """The affine matrix from picture pixels to crop pixels.

    `landmarks`: [468, 2] in pixels of the picture; `picture_shape`: (height, width, …). WeightsRefused where `spec`
    is of another crop definition.
    """
    if spec.version != CROP_VERSION:
        message = f"This detector wants crops of version {spec.version}, and this desk cuts {CROP_VERSION}."
        raise WeightsRefused("wrong_crop", f"{message} Install a release in which the two agree.")
    roll = _roll(landmarks)
    centre, half = _mesh_square(landmarks, roll)
    room = _room_around(centre, roll, picture_shape)
    half = max(half, min(half * (1 + 2 * spec.margin), room))
    return _similarity(centre, roll, scale=spec.size / (2 * half), size=spec.size)


def cut(image: Image, matrix: Matrix, size: int) -> Image:
    """The crop of `size` × `size` that `matrix` describes. Shrunk by area first where it shrinks by over two."""
    shrink = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if shrink < 0.5:
        square = np.array([[[0, 0], [size, 0], [size, size], [0, size]]], np.float64)
        corners = cv2.transform(square, inverse(matrix))[0]
        image, matrix = _shrunk_region(image, matrix, corners, 2 * shrink)
    return cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def inverse(matrix: Matrix) -> Matrix:
    """From crop pixels back to picture pixels."""
    return cv2.invertAffineTransform(matrix)


def _roll(landmarks: NDArray[np.float32]) -> float:
    left, right = landmarks[list(OUTER_EYE_CORNERS)]
    return float(np.arctan2(right[1] - left[1], right[0] - left[0]))


def _mesh_square(landmarks: NDArray[np.float32], roll: float) -> tuple[NDArray[np.float64], float]:
    """Centre and half side of the square around the mesh, in the turned frame of the face."""
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    level = landmarks.astype(np.float64) @ turn
    low, high = level.min(0), level.max(0)
    return turn @ ((low + high) / 2), float((high - low).max() / 2)


def _room_around(centre: NDArray[np.float64], roll: float, shape: tuple[int, ...]) -> float:
    """Half side of the largest turned square about `centre` that stays inside the picture."""
    height, width = shape[:2]
    to_edge = min(centre[0], width - centre[0], centre[1], height - centre[1])
    return float(to_edge / (abs(np.cos(roll)) + abs(np.sin(roll))))


def _similarity(centre: NDArray[np.float64], roll: float, scale: float, size: int) -> Matrix:
    turn = scale * np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return np.hstack([turn, (size / 2 - turn @ centre)[:, None]])


def _shrunk_region(image: Image, matrix: Matrix, corners: NDArray, scale: float) -> tuple[Image, Matrix]:
    """The part of `image` under `corners`, shrunk by area, and the matrix that belongs to it."""
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0)), 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0)), (x0 + 1, y0 + 1), (width, height)).astype(int)
    small = cv2.resize(image[y0:y1, x0:x1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factor = np.array([(x1 - x0) / small.shape[1], (y1 - y0) / small.shape[0]])
    # Pixel centres: small pixel i stands for source pixels around (i + ½)·factor − ½.
    offset = np.array([x0, y0]) + factor / 2 - 0.5
    linear = matrix[:, :2] * factor
    return small, np.hstack([linear, (matrix[:, :2] @ offset + matrix[:, 2])[:, None]])
