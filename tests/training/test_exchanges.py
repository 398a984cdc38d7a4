"""Faces and mouths that are exchanged: they fit, and nothing outside the mask is touched."""

import cv2
import numpy as np
import pytest

from core.training.data import lip_synced, swapped
from core.training.exchanges import fitted_onto, in_colours_of, shape_distance
from core.training.face_sets import FaceSet
from tests.training.conftest import portrait_set


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    one = portrait_set(6)
    return FaceSet(one.images, one.landmarks, one.rows.assign(file="clip", split="train"))


@pytest.mark.parametrize("source", [swapped, lip_synced])
def test_only_the_mask_is_exchanged(faces: FaceSet, source: type) -> None:
    rng = np.random.default_rng(2)
    draw = source(faces)
    for _ in range(10):
        pair = draw(rng)
        assert np.array_equal(pair.real[pair.mask == 0], pair.fake[pair.mask == 0])
        assert any(np.array_equal(pair.real, image) for image in faces.images)


def test_a_moved_face_is_fitted_back(faces: FaceSet) -> None:
    image, landmarks = np.asarray(faces.images[0]), np.asarray(faces.landmarks[0])
    matrix = cv2.getRotationMatrix2D((130.0, 110.0), 8, 0.9)
    side = image.shape[0]
    moved = cv2.warpAffine(image, matrix, (side, side))
    places = cv2.transform(landmarks[None].astype(float), matrix)[0].astype(np.float32)
    middle = slice(side // 3, 2 * side // 3)
    fitted = fitted_onto(landmarks, moved, places)
    assert np.abs(fitted[middle, middle].astype(int) - image[middle, middle]).mean() < 4


def test_colours_are_matched_inside_the_mask(faces: FaceSet) -> None:
    image = np.asarray(faces.images[0])
    darker = (image * 0.5).astype(np.uint8)
    mask = np.zeros(image.shape[:2], np.float32)
    mask[80:160, 80:160] = 1
    matched = in_colours_of(image, darker, mask, 1.0)
    inside = mask > 0
    assert np.abs(matched[inside].mean(0) - image[inside].mean(0)).max() < 2
    assert np.array_equal(in_colours_of(image, darker, mask, 0.0), darker)


def test_the_distance_of_shapes_ignores_size_and_place(faces: FaceSet) -> None:
    landmarks = np.asarray(faces.landmarks[0])
    moved = landmarks * 1.7 + np.float32([30, -10])
    flatter = landmarks * np.float32([1, 0.8])
    near, far = shape_distance(landmarks, np.stack([moved, flatter]))
    assert near < 1e-5 < far
