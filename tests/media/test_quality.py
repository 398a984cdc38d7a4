"""Poor faces are told by name, and what makes them poor moves the figure that stands for it."""

import cv2
import numpy as np
import pytest

from core.detectors.card import CropSpec, QualityGate
from core.evidence import Quality
from pipelines.media.crops import CROP_VERSION, crop_matrix, cut
from pipelines.media.faces import FaceFinder
from pipelines.media.quality import measure, reasons
from tests.media.conftest import Picture, portrait_frames

GATE = QualityGate(
    min_face_px=40, min_sharpness=20, min_brightness=0.2, min_contrast=0.08, max_yaw=40, min_frames=4
)
GOOD = {"face_px": 80, "sharpness": 100, "brightness": 0.5, "contrast": 0.2, "yaw": 0, "pitch": 0}


def quality_of(picture: Picture, finder: FaceFinder) -> Quality:
    (face,) = finder.find(picture)
    matrix = crop_matrix(face.landmarks, picture.shape, CropSpec(version=CROP_VERSION, size=160, margin=0.1))
    return measure(cut(picture, matrix, 160), face, GATE)


def test_a_good_portrait_passes(finder: FaceFinder) -> None:
    seen = quality_of(portrait_frames(1)[0], finder)
    assert seen.poor == ()
    assert 80 < seen.face_px < 140
    assert abs(seen.yaw) < 15


def test_blur_dusk_and_fog_are_noticed(finder: FaceFinder) -> None:
    picture = portrait_frames(1)[0]
    good = quality_of(picture, finder)
    blurred = quality_of(cv2.GaussianBlur(picture, (0, 0), 4), finder)
    assert blurred.sharpness < good.sharpness / 10
    assert "blurred" in blurred.poor
    dark = quality_of((picture * 0.25).astype(np.uint8), finder)
    assert dark.brightness == pytest.approx(good.brightness * 0.25, rel=0.1)
    assert "dark" in dark.poor
    fog = quality_of((picture * 0.2 + 160).astype(np.uint8), finder)
    assert fog.contrast == pytest.approx(good.contrast * 0.2, rel=0.15)
    assert "flat" in fog.poor


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ()),
        ({"face_px": 39.9}, ("small",)),
        ({"face_px": 40}, ()),
        ({"yaw": -41}, ("turned",)),
        ({"sharpness": 1, "brightness": 0.1}, ("blurred", "dark")),
    ],
)
def test_reasons(change: dict[str, float], expected: tuple[str, ...]) -> None:
    assert reasons(Quality(**(GOOD | change)), GATE) == expected
