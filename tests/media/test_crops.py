"""One crop definition: it must sit on the face however the face lies in the picture."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from core.detectors.card import CropSpec
from core.settings import settings
from pipelines.media.crops import CROP_VERSION, OUTER_EYE_CORNERS, crop_matrix, cut, inverse
from pipelines.media.faces import Face, FaceFinder

SPEC = CropSpec(version=CROP_VERSION, size=96, margin=0.125)


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return astronaut()


@pytest.fixture(scope="module")
def face(portrait: np.ndarray) -> Face:
    with FaceFinder(settings().face_models) as finder:
        return finder.find(portrait)[0]


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.transform(points[None].astype(float), matrix)[0]


def test_eyes_are_level_and_the_mesh_has_its_margin(portrait: np.ndarray, face: Face) -> None:
    turned = cv2.getRotationMatrix2D((220, 120), 25, 1.0)
    picture = cv2.warpAffine(portrait, turned, (512, 512))
    landmarks = moved(face.landmarks, turned).astype(np.float32)
    mesh = moved(landmarks, crop_matrix(landmarks, picture.shape, SPEC))
    left, right = mesh[list(OUTER_EYE_CORNERS)]
    assert left[1] == pytest.approx(right[1], abs=1e-3)
    assert np.ptp(mesh, axis=0).max() == pytest.approx(96 / 1.25, abs=1e-3)
    assert (mesh.min(0) + mesh.max(0)) / 2 == pytest.approx([48, 48], abs=1e-3)


def test_a_turned_picture_gives_the_same_crop(portrait: np.ndarray, face: Face) -> None:
    straight = cut(portrait, crop_matrix(face.landmarks, portrait.shape, SPEC), 96)
    turned = cv2.getRotationMatrix2D((224, 123), 20, 1.0)
    picture = cv2.warpAffine(portrait, turned, (512, 512), flags=cv2.INTER_CUBIC)
    landmarks = moved(face.landmarks, turned).astype(np.float32)
    again = cut(picture, crop_matrix(landmarks, picture.shape, SPEC), 96)
    assert np.abs(straight.astype(int) - again).mean() < 3


def test_a_large_face_is_shrunk_by_area_and_stays_in_place(portrait: np.ndarray, face: Face) -> None:
    large = cv2.resize(portrait, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    # Pixel centres: (i + ½)·4 − ½.
    landmarks = face.landmarks * 4 + 1.5
    crop = cut(large, crop_matrix(landmarks, large.shape, SPEC), 96)
    small = cut(portrait, crop_matrix(face.landmarks, portrait.shape, SPEC), 96)
    assert np.abs(crop.astype(int) - small).mean() < 4
    shift, _ = cv2.phaseCorrelate(
        *(cv2.cvtColor(c, cv2.COLOR_RGB2GRAY).astype(np.float64) for c in (crop, small))
    )
    assert np.abs(shift).max() < 0.3


def test_no_pixels_are_invented_while_the_margin_can_give_way(portrait: np.ndarray, face: Face) -> None:
    x, y, width, height = (round(v) for v in face.box)
    tight = portrait[y - 4 : y + height + 4, x - 12 : x + width + 12]
    landmarks = face.landmarks - np.float32([x - 12, y - 4])
    square = np.float32([[0, 0], [96, 0], [96, 96], [0, 96]])
    corners = moved(square, inverse(crop_matrix(landmarks, tight.shape, SPEC)))
    assert corners.min() > -10
    assert (corners < np.array(tight.shape[1::-1]) + 10).all()
    mesh = moved(landmarks, crop_matrix(landmarks, tight.shape, SPEC))
    assert np.ptp(mesh, axis=0).max() <= 96 + 1e-3


def test_inverse_leads_back() -> None:
    matrix = np.array([[0.5, 0.1, 3.0], [-0.1, 0.5, 7.0]])
    points = np.float32([[1, 2], [30, 40]])
    assert moved(moved(points, matrix), inverse(matrix)) == pytest.approx(points, abs=1e-5)
