"""The same person keeps one track within a shot; nobody else joins it, and a cut ends it."""

import numpy as np
import pytest

from core.evidence import Box, FrameScore, Quality
from pipelines.media.faces import Face
from pipelines.media.tracks import Tracker, Trail, letters

QUALITY = Quality(80, 100, 0.5, 0.2, 0, 0)


def face(x: float, y: float = 100, size: float = 80) -> Face:
    return Face((x, y, size, size), np.zeros((468, 2), np.float32), 1.0, 0, 0)


def follow(frames: list[list[Face]], interval: float = 0.25, cuts: tuple[int, ...] = ()) -> list[Trail]:
    tracker = Tracker(interval)
    for number, faces in enumerate(frames):
        time = number * interval
        trails = tracker.follow(faces, time, begins_shot=number == 0 or number in cuts)
        for one, trail in zip(faces, trails, strict=True):
            trail.seen.append(FrameScore(number, time, one.box, None, None, QUALITY))
    return tracker.finished()


def boxes(trail: Trail) -> list[Box]:
    return [seen.box for seen in trail.seen]


def test_two_people_side_by_side_stay_apart() -> None:
    left, right = follow([[face(100 + 5 * n), face(400 - 5 * n)] for n in range(10)])
    assert [box[0] for box in boxes(left)] == [100 + 5 * n for n in range(10)]
    assert len(right.seen) == 10


def test_the_order_in_which_faces_are_found_does_not_matter() -> None:
    frames = [[face(100), face(400)] if n % 2 else [face(400), face(100)] for n in range(8)]
    assert {frozenset(box[0] for box in boxes(trail)) for trail in follow(frames)} == {
        frozenset({100.0}),
        frozenset({400.0}),
    }


def test_people_who_pass_each_other_keep_their_way() -> None:
    frames = [[face(100 + 30 * n, 100), face(400 - 30 * n, 130)] for n in range(11)]
    first, second = follow(frames)
    assert boxes(first)[-1][0] == 400
    assert boxes(second)[-1][0] == 100


def test_a_fast_head_is_followed_where_it_was_heading() -> None:
    (trail,) = follow([[face(60 * n)] for n in range(10)])
    assert len(trail.seen) == 10


def test_a_short_gap_is_bridged_and_a_long_one_is_not() -> None:
    there, away = [[face(100)]] * 4, [[]]
    assert len(follow([*there, *away * 3, *there])) == 1
    assert len(follow([*there, *away * 8, *there])) == 2


def test_the_gap_grows_with_the_sampling_interval() -> None:
    assert len(follow([[face(100)]] * 4 + [[]] + [[face(100)]] * 4, interval=3.0)) == 1


def test_a_cut_ends_the_track_even_where_the_face_stays() -> None:
    assert [len(trail.seen) for trail in follow([[face(100)]] * 10, cuts=(6,))] == [6, 4]


def test_a_face_of_another_size_is_another_person() -> None:
    assert len(follow([*[[face(100, size=200)]] * 4, *[[face(160, size=60)]] * 4])) == 2


def test_a_face_seen_once_in_a_long_shot_is_dropped_and_in_a_short_one_kept() -> None:
    assert follow([[], [face(100)], [], [], []]) == []
    assert len(follow([[face(100)]])) == 1
    assert len(follow([[], [face(100)], []])) == 1


@pytest.mark.parametrize(
    ("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")]
)
def test_letters(number: int, name: str) -> None:
    assert letters(number) == name
