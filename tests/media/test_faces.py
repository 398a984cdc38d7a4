"""Faces are found where they are: large and small, several, at an angle; and nowhere else."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from core.settings import settings
from pipelines.media.decode import Frame
from pipelines.media.faces import FaceFinder, _tiles, overlap
from pipelines.media.shrink import afar, halved

PORTRAIT_FACE = (178, 70, 95, 107)  # looked up by hand, ± some pixels


@pytest.fixture(scope="module")
def finder():
    with FaceFinder(settings().face_models) as finder:
        yield finder


def on_grey(width: int, height: int, *portraits: tuple[int, int, int]) -> np.ndarray:
    """A grey picture with the portrait at each (x, y, side)."""
    picture = np.full((height, width, 3), 96, np.uint8)
    for x, y, side in portraits:
        picture[y : y + side, x : x + side] = cv2.resize(
            astronaut(), (side, side), interpolation=cv2.INTER_AREA
        )
    return picture


def test_the_portrait_has_one_face_and_it_looks_ahead(finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut())
    assert overlap(face.box, PORTRAIT_FACE) > 0.85
    assert face.landmarks.shape == (468, 2)
    assert abs(face.yaw) < 10
    assert face.presence > 0.9


def test_a_picture_without_people_has_none(finder: FaceFinder) -> None:
    assert finder.search(coffee()) == finder.doubtful(coffee()) == []


def test_a_small_face_in_a_large_frame_needs_the_tiles(finder: FaceFinder) -> None:
    frame = on_grey(1920, 1080, (1300, 400, 250))  # the face is 46 px wide
    assert finder.find(frame) == []
    (face,) = finder.search(frame)
    assert 40 < face.box[2] < 55


def test_several_faces_come_largest_first_and_once_each(finder: FaceFinder) -> None:
    frame = on_grey(1280, 720, (20, 300, 400), (600, 50, 600))
    faces = finder.search(frame)
    assert len(faces) == 2
    assert faces[0].box[0] > 600 > faces[1].box[0]


def test_a_mirrored_turn_of_the_head_changes_the_sign_of_yaw(finder: FaceFinder) -> None:
    squeezed = cv2.warpPerspective(
        astronaut(),
        cv2.getPerspectiveTransform(
            np.float32([[150, 40], [300, 40], [300, 200], [150, 200]]),
            np.float32([[150, 40], [260, 60], [260, 180], [150, 200]]),
        ),
        (512, 512),
    )
    (one,) = finder.find(squeezed)
    (other,) = finder.find(np.ascontiguousarray(squeezed[:, ::-1]))
    assert one.yaw * other.yaw < 0


def test_a_tight_crop_is_read_as_one_face(finder: FaceFinder) -> None:
    x, y, width, height = PORTRAIT_FACE
    face = finder.landmarks_of_crop(astronaut()[y : y + height, x : x + width])
    assert face is not None
    assert overlap(face.box, (0, 0, width, height)) > 0.7
    assert finder.landmarks_of_crop(np.full((200, 200, 3), 80, np.uint8)) is None


def test_a_closed_finder_says_so() -> None:
    with FaceFinder(settings().face_models) as finder:
        pass
    with pytest.raises(ValueError, match="closed"):
        finder.find(astronaut())


def test_missing_models_are_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        FaceFinder(tmp_path)


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 10, 10)) == 0


def test_pictures_are_halved_until_the_next_half_would_be_too_small() -> None:
    image = np.random.default_rng(0).integers(0, 256, (601, 804, 3), dtype=np.uint8)
    half = halved(image, 400)
    assert half.shape == (300, 402, 3)
    means = image[:600, :804].reshape(300, 2, 402, 2, 3).mean((1, 3))
    assert np.abs(half - means).max() <= 0.5
    assert halved(image, 403) is image


@pytest.mark.parametrize(("shape", "seen"), [((1081, 1917), (289, 512)), ((512, 700), (374, 512)), ((9, 99), (9, 99))])
def test_a_frame_is_seen_from_afar_as_any_picture_is(shape: tuple[int, int], seen: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert Frame(0, 0.0, image).afar.shape[:2] == seen
    assert np.array_equal(Frame(0, 0.0, image).afar, afar(image))


@pytest.mark.parametrize(("width", "height", "most"), [(1920, 1080, 48), (20_000, 1000, 27), (4_000_000, 16, 32)])
def test_tiles_are_few_and_none_is_searched_twice(width: int, height: int, most: int) -> None:
    tiles = _tiles((height, width, 3))
    assert len(tiles) == len(set(tiles)) == most
    assert all(0 <= x <= width - side and 0 <= y <= height - side for x, y, side, _ in tiles)
