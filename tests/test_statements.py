"""Sentences to quote say no more than is known, and never without their caveat."""

from dataclasses import replace
from typing import get_args

import pytest

from core.evidence import Band, Quality
from core.judgement.bands import CAUTIONS
from pipelines.statements import held, posed, quotable, spread
from tests.dashboard.stored import CARD, clip, evidence, still, track


@pytest.mark.parametrize("band", get_args(Band))
def test_every_band_carries_its_caveat_and_the_file(band: Band) -> None:
    found = replace(evidence(clip("a\nb.mp4"), ()), band=band, score=None, raw_score=None)
    said = quotable(found, CARD)
    assert said.endswith(CAUTIONS[band])
    assert "“a b.mp4” (SHA-256 cccccccccccc…)" in said
    assert "authentic" not in said.lower()


def test_signs_name_the_people_and_the_genuine_clips() -> None:
    found = evidence(clip(), (track("A", 3.0, "signs"), track("B", -2.0, "no_signs")))
    said = quotable(found, CARD)
    assert "person A, 00:0" in said
    assert "person B" not in said
    assert "of 50 genuine clips" in said.lower()
    assert "genuine clips" not in quotable(found, None)


def test_a_picture_has_no_times() -> None:
    found = evidence(still(clip("still.png")), (track("A", 3.0, "signs"),))
    assert "00:" not in quotable(found, CARD)


def test_the_spread_is_of_the_nearest_judged_frames() -> None:
    person = track("A", 3.0, "signs")
    scores = [0.1, 0.9, None, 0.5, 0.6, 0.7, 0.2]
    frames = tuple(replace(person.frames[0], index=n, score=score) for n, score in enumerate(scores))
    person = replace(person, frames=frames)
    assert spread(person, frames[4]) == (0.2, 0.9)  # 0.9 0.5 0.6 0.7 0.2
    assert spread(person, frames[0]) == (0.1, 0.9)


@pytest.mark.parametrize(
    ("yaw", "pitch", "words"),
    [
        (0, 0, "looks ahead"),
        (-30, 0, "half to the left"),
        (50, 20, "far to the right, looking up"),
        (3, -16, "looks ahead, looking down"),
    ],
)
def test_pose_in_words(yaw: float, pitch: float, words: str) -> None:
    assert posed(Quality(99, 9, 0.5, 0.2, yaw, pitch)) == words


def test_what_a_face_scores_after_changes_is_told_in_one_order_and_only_what_was_tried() -> None:
    assert held({"flip": 0.684, "jpeg": 0.706}) == "after JPEG 0.71, mirrored 0.68"
    assert held({}) == ""
