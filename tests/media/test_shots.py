"""A cut is found where pictures change, and not where only the camera, the people or the light do."""

from collections.abc import Iterable

import cv2
import numpy as np
from skimage.data import astronaut, cat, coffee

from pipelines.media.decode import Frame
from pipelines.media.shots import with_cuts
from tests.media.conftest import Picture

SIZE = (320, 180)
SCENES = [
    cv2.resize(scene, (640, 360), interpolation=cv2.INTER_AREA) for scene in (astronaut(), cat(), coffee())
]


def pan(scene: Picture, count: int, step: int = 6, start: int = 0) -> list[Picture]:
    return [scene[90:270, start + step * n : start + step * n + SIZE[0]] for n in range(count)]


def cuts(pictures: Iterable[Picture]) -> list[int]:
    frames = [Frame(n, n / 4, np.ascontiguousarray(picture)) for n, picture in enumerate(pictures)]
    seen = list(with_cuts(frames))
    assert [frame for frame, _ in seen] == frames
    return [frame.index for frame, begins in seen if begins]


def test_cuts_between_scenes() -> None:
    assert cuts([*pan(SCENES[0], 8), *pan(SCENES[1], 5), *pan(SCENES[2], 8)]) == [0, 8, 13]


def test_a_cut_between_two_lone_frames() -> None:
    assert cuts([SCENES[0][:180, :320], SCENES[1][:180, :320]]) == [0, 1]


def test_a_pan_and_a_zoom_are_one_shot() -> None:
    assert cuts(pan(SCENES[0], 12, step=25)) == [0]
    zoomed = [cv2.resize(SCENES[1][5 * n : 360 - 5 * n, 9 * n : 640 - 9 * n], SIZE) for n in range(20)]
    assert cuts(zoomed) == [0]


def test_a_fade_of_the_light_is_one_shot_until_it_is_black() -> None:
    faded = [(picture * (1 - n / 10)).astype(np.uint8) for n, picture in enumerate(pan(SCENES[2], 10))]
    assert cuts(faded) == [0]


def test_a_flash_is_not_a_cut() -> None:
    shot = pan(SCENES[1], 12)
    shot[5] = cv2.add(shot[5] // 4, np.full_like(shot[5], 190))
    shot[9] = np.full_like(shot[9], 255)
    assert cuts(shot) == [0]


def test_stillness_and_one_frame() -> None:
    assert cuts([SCENES[0][:180, :320]] * 6) == [0]
    assert cuts([SCENES[0][:180, :320]]) == [0]
    assert cuts([]) == []
