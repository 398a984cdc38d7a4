"""Small faces are found and kept in sight, a large one is counted once, and a face that fills the picture is seen."""

from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, chelsea, coffee

from pipelines.media.decode import Frame
from pipelines.media.faces import Face, FaceFinder, overlap
from pipelines.media.search import FaceSearch
from tests.media.conftest import Picture


def room(*portraits: tuple[int, int, int], width: int = 1280, height: int = 720) -> Picture:
    """A grey room with the portrait at each (x, y, side)."""
    picture = np.full((height, width, 3), 96, np.uint8)
    for x, y, side in portraits:
        picture[y : y + side, x : x + side] = cv2.resize(
            astronaut(), (side, side), interpolation=cv2.INTER_AREA
        )
    return picture


def searched(pictures: Iterable[Picture], finder: FaceFinder, interval: float = 0.25) -> list[list[Face]]:
    search = FaceSearch(finder)
    frames = (Frame(n, n * interval, picture) for n, picture in enumerate(pictures))
    return [search.faces(frame, begins_shot=frame.index == 0) for frame in frames]


def test_a_small_face_is_found_at_once_and_not_lost(finder: FaceFinder) -> None:
    found = searched([room((900 + 4 * n, 300, 170)) for n in range(8)], finder)
    assert [len(faces) for faces in found] == [1] * 8
    assert overlap(found[0][0].box, (959, 323, 32, 36)) > 0.6
    assert found[7][0].box[0] - found[0][0].box[0] == pytest.approx(28, abs=4)


def test_a_small_face_that_comes_in_later_is_found_within_seconds(finder: FaceFinder) -> None:
    found = searched([room()] * 2 + [room((900, 300, 170))] * 12, finder)
    assert found[0] == []
    assert len(found[-1]) == 1


def test_a_large_face_is_one_face_whichever_part_cuts_through_it(finder: FaceFinder) -> None:
    found = searched([room((340, 60, 640))] * 24, finder)
    assert [len(faces) for faces in found] == [1] * 24
    widths = [faces[0].box[2] for faces in found]
    assert max(widths) - min(widths) < 0.1 * widths[0]


def test_a_picture_that_is_nothing_but_a_face(finder: FaceFinder) -> None:
    tight = np.ascontiguousarray(astronaut()[68:182, 172:280])
    ((face,),) = searched([tight], finder)
    assert face.box[2] > 0.6 * tight.shape[1]


def test_cats_and_coffee_are_no_faces_that_fill_the_picture(finder: FaceFinder) -> None:
    assert searched([coffee(), np.ascontiguousarray(chelsea())], finder, interval=5.0) == [[], []]
