"""A score that depends on how the picture came here is no evidence."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.data import astronaut

from core.evidence import Evidence, FrameScore, MediaInfo, Quality, Timing, Track
from pipelines.media.decode import Frame
from pipelines.media.highlights import POOL, Highlights
from pipelines.media.judge import clip_of, rejudged, steadied
from pipelines.media.stability import CHANGES, reach, variants
from pipelines.media.tracks import Trail
from tests.media.conftest import SCALE, WarmthDetector

CROP = np.ascontiguousarray(astronaut()[64:160, 176:272])
SEEN = FrameScore(0, 0.0, (0, 0, 9, 9), 0.9, 4.0, Quality(99, 50, 0.5, 0.2, 0, 0))


def track(raw: float) -> Track:
    return Track("A", 0, 1, "inconclusive", 0.5, raw, (SEEN,))


def test_each_change_keeps_the_shape_and_alters_the_picture() -> None:
    for change in CHANGES.values():
        changed = change(CROP)
        assert changed.shape == CROP.shape
        assert changed.dtype == np.uint8
        assert not np.array_equal(changed, CROP)
    assert np.array_equal(CHANGES["flip"](CHANGES["flip"](CROP)), CROP)


def test_variants_are_scores_of_the_changed_crops() -> None:
    found = variants(CROP, WarmthDetector(), "video")
    assert found.keys() == CHANGES.keys()
    before = float(WarmthDetector().score(CROP[None], "video")[0])
    assert found["flip"] == pytest.approx(before, abs=1e-3)  # warmth does not care for left and right
    assert found["jpeg"] == pytest.approx(before, abs=0.5)


def test_reach_is_the_worst_mean_shift_either_way() -> None:
    frames = [(2.0, {"jpeg": 1.0, "small": 2.5, "flip": 2.0}), (3.0, {"jpeg": 1.0, "small": 3.5, "flip": 3.0})]
    assert reach(10.0, frames) == (10.0 - 1.5, 10.0 + 0.5)


def test_what_was_not_tested_is_not_said_to_hold() -> None:
    untested = steadied(track(9.0), [], SCALE)
    assert (untested.band, untested.raw_low) == ("inconclusive", None)
    media = MediaInfo("0" * 64, "a.mp4", "video", 1, "mov", "h264", 64, 48, 1.0, 25.0)
    parts = {"shots": (0.0,), "frames_sampled": 1, "model": WarmthDetector.ref, "timing": Timing(0, 0, 0, 0, 0)}
    found = Evidence(media, "inconclusive", 0.9, 9.0, (untested,), (), (), **parts)
    assert rejudged(found, WarmthDetector.card).band == "inconclusive"


@pytest.mark.parametrize(("heatmaps", "frames"), [(0, 0), (2, 2 * POOL)])
def test_everybody_keeps_a_crop_to_be_tested_however_many_they_are(heatmaps: int, frames: int) -> None:
    kept, trails = Highlights(heatmaps, 600.0), [Trail(0) for _ in range(3 * POOL)]
    for number, trail in enumerate(trails):
        trail.seen.append(replace(SEEN, index=number, time=5.0 * number, raw_score=float(number)))
        kept.offer(trail, trail.last, CROP, np.eye(2, 3), Frame(0, 0.0, CROP))
    held = [kept.of(trail) for trail in trails]
    assert all(held)
    assert [one.frame is not None for (one,) in held] == [False] * (len(trails) - frames) + [True] * frames


@pytest.mark.parametrize(("jpeg", "band"), [(3.9, "signs"), (2.5, "inconclusive")])
def test_signs_must_hold_when_the_picture_is_re_encoded(jpeg: float, band: str) -> None:
    found = steadied(track(4.0), [(4.0, {"jpeg": jpeg, "small": 4.0, "flip": 4.0})], SCALE)
    assert found.band == band
    assert (found.raw_score, found.raw_low) == (4.0, pytest.approx(jpeg))
    assert clip_of([found], SCALE).band == band


def test_no_signs_must_hold_too() -> None:
    found = steadied(track(0.5), [(0.5, {"jpeg": 1.5, "small": 0.5, "flip": 0.5})], SCALE)
    assert found.band == "inconclusive"


def test_a_track_that_was_not_judged_stays_so() -> None:
    poor = Track("A", 0, 1, "too_poor", None, None, (SEEN,))
    assert steadied(poor, [], SCALE) == poor
    assert clip_of([poor], SCALE).band == "too_poor"


def test_another_card_reads_the_same_scores_anew(evidence_of) -> None:
    from tests.media.conftest import SAMPLES

    found = evidence_of(SAMPLES / "portrait_genuine.mp4")
    high = SCALE.model_copy(update={"thresholds": SCALE.thresholds.model_copy(update={"signs": 99.0})})
    low = SCALE.model_copy(update={"thresholds": SCALE.thresholds.model_copy(update={"signs": -99.0})})
    cards = [WarmthDetector.card.model_copy(update={"scales": {"video": s, "image": s}}) for s in (SCALE, high, low)]
    same, never, always = (rejudged(found, card) for card in cards)
    assert same == found
    assert never.band != "signs"
    assert always.band == "signs"
    assert [t.raw_score for t in always.tracks] == [t.raw_score for t in found.tracks]
