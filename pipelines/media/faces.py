"""Faces in one picture: MediaPipe's full-range detector proposes, its landmark network confirms.

The detector sees a picture at 192 × 192, so a small face in a large frame escapes it; then tiles are searched.
Bazarevsky et al. 2019, "BlazeFace"; Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from mediapipe import Image as MediaPipeImage
from mediapipe import ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions
from numpy.typing import NDArray

from core.evidence import Box
from pipelines.media.crops import Image
from pipelines.media.shrink import WORKING_SIDE, afar

DETECTOR_FILE = "face_detection_full_range_sparse.tflite"
LANDMARK_FILE = "face_landmark.tflite"

MIN_PROPOSAL = 0.4  # low on purpose: the landmark network has the last word
MIN_PRESENCE = 0.6
SURE_PROPOSAL = 0.7  # from here a face may be there that the landmark network can't make out; see `doubtful`
SAME_FACE_IOU = 0.4
MESH_SIDE = 192  # px, input of the landmark network
MESH_GROWTH = 1.5  # its square, relative to the longer side of the detector's box
TILES = (
    1 / 3,
    1 / 6,
)  # sides, as shares of the picture's longer side: their number doesn't grow with its size, unless it is a strip
LEAST_TILE = 320  # px; in smaller ones the look at the whole sees as much
OVERLAP = 0.25  # of neighbouring tiles, as a share of their side
MOST_IN_A_ROW = 32  # tiles; a picture would have to be 24 times as long as it is wide to need more

CHEEKS, FOREHEAD_CHIN = (
    (234, 454),
    (10, 152),
)  # mesh points that span the face from side to side and top to bottom


@dataclass(frozen=True)
class Face:
    """One face. `box` encloses the mesh; `landmarks` is [468, 2] in pixels of the picture."""

    box: Box
    landmarks: NDArray[np.float32]
    presence: float  # the landmark network's own score, 0–1
    yaw: float  # degrees; 0 looks into the camera
    pitch: float


@dataclass(frozen=True)
class _Region:
    """A turned square of the picture that should hold one face."""

    centre: tuple[float, float]
    side: float
    roll: float  # radians
    confidence: float = 1.0  # the detector's


class FaceFinder:
    """Finds faces. Holds native resources: use it in a `with` block."""

    def __init__(self, model_folder: Path) -> None:
        """Loads both networks; FileNotFoundError where one is missing (`make setup` fetches them)."""
        for name in (DETECTOR_FILE, LANDMARK_FILE):
            if not (model_folder / name).is_file():
                raise FileNotFoundError(
                    f"The face model {name} is missing in {model_folder}. Run: make setup"
                )
        options = FaceDetectorOptions(
            base_options=BaseOptions(model_asset_path=str(model_folder / DETECTOR_FILE)),
            min_detection_confidence=MIN_PROPOSAL,
        )
        self._closed = False
        self._mesh = _Mesh(model_folder / LANDMARK_FILE)
        self._detector = FaceDetector.create_from_options(options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._detector.close()  # left to the garbage collector, it can hang the process
        self._closed = True

    def find(self, image: Image, seen: Image | None = None) -> list[Face]:
        """Faces in one look at the whole picture, largest first. `seen` is `Frame.afar`, where it is at hand."""
        return self._confirmed(image, list(self._detect(image, 0, 0, seen)))

    def search(self, image: Image) -> list[Face]:
        """Faces in the whole picture and in overlapping tiles: slower, and finds small ones."""
        return self._confirmed(image, list(self._proposals(image, [_whole(image), *_tiles(image.shape)])))

    def doubtful(self, image: Image, seen: Image | None = None) -> list[Face]:
        """Faces that the detector alone is sure of, in one look at the whole; their landmarks are guesses.

        In 1,040 pictures and parts of pictures without people there were three.
        """
        sure = [one for one in self._detect(image, 0, 0, seen) if one.confidence >= SURE_PROPOSAL]
        return self._confirmed(image, sure, presence=0.0)

    def landmarks_of_crop(self, image: Image) -> Face | None:
        """The face of a picture that is already a tight face crop, or None."""
        height, width = image.shape[:2]
        return self._mesh.read(image, _Region((width / 2, height / 2), max(width, height) * 1.25, 0.0))

    def _proposals(self, image: Image, windows: Iterable[tuple[int, int, int, int]]) -> Iterator[_Region]:
        for x, y, width, height in windows:
            yield from self._detect(image[y : y + height, x : x + width], x, y)

    def _detect(self, tile: Image, left: int, top: int, seen: Image | None = None) -> Iterator[_Region]:
        if self._closed:  # the native detector would find nothing, and say nothing
            raise ValueError("This face finder was closed.")
        scale = min(1.0, WORKING_SIDE / max(tile.shape[:2]))
        seen = afar(tile) if seen is None else seen  # MediaPipe shrinks it further, but by point sampling
        found = self._detector.detect(MediaPipeImage(ImageFormat.SRGB, np.ascontiguousarray(seen)))
        height, width = tile.shape[:2]
        for detection in found.detections:
            box, (right_eye, left_eye) = detection.bounding_box, detection.keypoints[:2]
            centre = (
                left + (box.origin_x + box.width / 2) / scale,
                top + (box.origin_y + box.height / 2) / scale,
            )
            roll = np.arctan2((left_eye.y - right_eye.y) * height, (left_eye.x - right_eye.x) * width)
            side = MESH_GROWTH * max(box.width, box.height) / scale
            yield _Region(centre, side, float(roll), detection.categories[0].score)

    def _confirmed(self, image: Image, regions: list[_Region], presence: float = MIN_PRESENCE) -> list[Face]:
        faces = [face for region in regions if (face := self._mesh.read(image, region, presence))]
        kept: list[Face] = []
        for face in sorted(faces, key=lambda f: f.presence, reverse=True):
            if all(overlap(face.box, other.box) < SAME_FACE_IOU for other in kept):
                kept.append(face)
        return sorted(kept, key=lambda f: f.box[2] * f.box[3], reverse=True)


class _Mesh:
    """The landmark network."""

    def __init__(self, path: Path) -> None:
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        outputs = sorted(self._net.get_output_details(), key=lambda o: int(np.prod(o["shape"])))
        self._score, self._points = outputs[0]["index"], outputs[-1]["index"]

    def read(self, image: Image, region: _Region, at_least: float = MIN_PRESENCE) -> Face | None:
        """The face in `region`, or None where the network sees none with a presence of `at_least`."""
        scale = MESH_SIDE / region.side
        cos, sin = scale * np.cos(region.roll), scale * np.sin(region.roll)
        turn = np.array([[cos, sin], [-sin, cos]])
        matrix = np.hstack([turn, (MESH_SIDE / 2 - turn @ np.array(region.centre))[:, None]])
        patch = cv2.warpAffine(image, matrix, (MESH_SIDE, MESH_SIDE), flags=cv2.INTER_LINEAR)
        self._net.set_tensor(self._input, patch[None].astype(np.float32) / 255)
        self._net.invoke()
        presence = float(1 / (1 + np.exp(-self._net.get_tensor(self._score).item())))
        if presence < at_least:
            return None
        points = self._net.get_tensor(self._points).reshape(468, 3)
        return _face(points, cv2.invertAffineTransform(matrix), presence)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0–1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def _face(points: NDArray[np.float32], to_picture: NDArray[np.float64], presence: float) -> Face:
    landmarks = cv2.transform(points[None, :, :2].astype(np.float64), to_picture)[0].astype(np.float32)
    (x0, y0), (x1, y1) = landmarks.min(0), landmarks.max(0)
    across = points[CHEEKS[1]] - points[CHEEKS[0]]
    down = points[FOREHEAD_CHIN[1]] - points[FOREHEAD_CHIN[0]]
    return Face(
        box=(float(x0), float(y0), float(x1 - x0), float(y1 - y0)),
        landmarks=landmarks,
        presence=presence,
        yaw=float(np.degrees(np.arctan2(across[2], across[0]))),
        pitch=float(np.degrees(np.arctan2(down[2], down[1]))),
    )


def _whole(image: Image) -> tuple[int, int, int, int]:
    return 0, 0, image.shape[1], image.shape[0]


def _tiles(shape: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    height, width = shape[:2]
    longer = max(height, width)
    sides = sorted({min(max(LEAST_TILE, round(longer * share)), height, width) for share in TILES}, reverse=True)
    return [
        (x, y, side, side)
        for side in sides
        if longer > side
        for y in _starts(height, side)
        for x in _starts(width, side)
    ]


def _starts(length: int, size: int) -> list[int]:
    count = min(MOST_IN_A_ROW, int(np.ceil((length - size) / (size * (1 - OVERLAP)))) + 1)
    return np.linspace(0, length - size, count).astype(int).tolist()
