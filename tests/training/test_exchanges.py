"""Faces and mouths that are exchanged: they fit, and nothing outside the mask is touched."""

import gc
import weakref
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.training.data import aligned, lip_synced, self_blended, swapped, unaligned
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


@pytest.mark.parametrize("source", [swapped, lip_synced, aligned, unaligned, self_blended])
def test_a_source_that_is_let_go_keeps_no_pictures(faces: FaceSet, source: type) -> None:
    """Gigabytes of them, which no garbage collector is told of, would stay for the rest of a night."""
    pictures = faces.images.copy()
    watched = weakref.ref(pictures)
    gc.disable()
    try:
        draw = source(replace(faces, images=pictures))
        del pictures
        assert watched() is not None
        del draw
        assert watched() is None
    finally:
        gc.enable()


def test_sets_are_joined_where_they_lie(faces: FaceSet) -> None:
    other = replace(faces, images=255 - faces.images)
    joined = FaceSet.joined([faces, other])
    count = len(faces.rows)
    assert len(joined.rows) == len(joined.landmarks) == 2 * count
    assert joined.rows.index.tolist() == list(range(2 * count))
    for place in (0, count - 1):
        assert np.shares_memory(joined.images[place], faces.images)
        assert np.array_equal(joined.images[place], faces.images[place])
        assert np.array_equal(joined.images[count + place], other.images[place])
    with pytest.raises(IndexError):
        joined.images[2 * count]


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
