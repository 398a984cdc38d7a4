"""What the desk says, and how much it may claim."""

import math

import numpy as np
import pandas as pd
import pytest

from core.detectors.card import Calibration, Thresholds
from core.errors import AnalysisFailed
from core.judgement import fusion
from core.judgement.aggregate import track_raw
from core.judgement.bands import WORDS, band, meaning, strongest
from core.judgement.calibration import conformal_threshold, fit, probability, thresholds

THRESHOLDS = Thresholds(signs=1.0, no_signs=-1.0, false_alarm_rate=0.05, genuine=(-2.0, -1.0, 0.5, 1.0))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1.01, "signs"),
        (1.0, "inconclusive"),
        (0.0, "inconclusive"),
        (-1.0, "inconclusive"),
        (-1.01, "no_signs"),
    ],
)
def test_band_edges_belong_to_the_middle(raw: float, expected: str) -> None:
    assert band(raw, raw, THRESHOLDS) == expected


def test_a_score_that_crosses_a_threshold_under_changes_is_inconclusive() -> None:
    assert band(1.5, 2.0, THRESHOLDS) == "signs"
    assert band(0.9, 2.0, THRESHOLDS) == "inconclusive"
    assert band(-3.0, -1.5, THRESHOLDS) == "no_signs"
    assert band(-3.0, -0.9, THRESHOLDS) == "inconclusive"


def test_the_strongest_band_of_the_people_is_the_clip_s() -> None:
    assert strongest({"signs", "no_signs"}) == "signs"
    assert strongest({"inconclusive", "no_signs"}) == "inconclusive"
    assert strongest({"no_signs"}) == "no_signs"


def test_no_signs_is_never_worded_as_authentic() -> None:
    assert not any(word in " ".join(WORDS.values()).lower() for word in ("authentic", "real", "genuine"))


def test_meaning_counts_the_genuine_clips_that_scored_as_high() -> None:
    assert "Of 4 genuine clips, 2 (50%)" in meaning(0.5, "video", THRESHOLDS)
    assert meaning(2.0, "image", THRESHOLDS).startswith("None of 4")
    many = THRESHOLDS.model_copy(update={"genuine": tuple(range(792))})
    assert meaning(789, "image", many).startswith("Of 792 genuine pictures, 3 (under 1 %) scored")


def test_a_new_genuine_clip_passes_the_conformal_threshold_as_seldom_as_claimed() -> None:
    rng = np.random.default_rng(1)
    alarms = [rng.normal() > conformal_threshold(rng.normal(size=59), 0.05) for _ in range(4000)]
    assert 0.035 < np.mean(alarms) < 0.06  # exactly 3/60 in expectation


def test_fusion_gives_each_source_the_same_say() -> None:
    rng = np.random.default_rng(0)
    fake = rng.random(4400) < 0.5
    source = np.array(["large"] * 4000 + ["small"] * 400)
    signs = np.where(fake, 1.0, -1.0)[:, None] + rng.normal(0, 1, (4400, 2))
    logits = rng.normal(0, 1, (4400, 2))
    logits[:4000, 0], logits[4000:, 1] = signs[:4000, 0], signs[4000:, 1]  # each expert knows one source
    (first, second), offset = fusion.fit(logits, fake, source)
    assert first == pytest.approx(second, rel=0.25)
    assert offset == pytest.approx(0, abs=0.15)


def test_too_few_genuine_clips_allow_no_claim() -> None:
    assert conformal_threshold([0.0] * 18, 0.05) == math.inf
    assert conformal_threshold(list(range(19)), 0.05) == 18


def test_calibration_recovers_the_odds_it_was_drawn_from() -> None:
    rng = np.random.default_rng(2)
    raws = rng.normal(0, 3, 20000)
    fake = rng.random(20000) < 1 / (1 + np.exp(-(0.5 * raws + 0.0)))
    found = fit(raws.tolist(), fake.tolist())
    assert found.scale == pytest.approx(0.5, abs=0.03)
    assert found.offset == pytest.approx(0.0, abs=0.06)
    assert probability(0.0, Calibration(scale=2, offset=0)) == 0.5


def test_a_detector_that_ranks_backwards_is_not_calibrated_but_refused() -> None:
    with pytest.raises(AnalysisFailed, match="no higher than genuine") as refused:
        fit([-2.0, -1.0, 1.0, 2.0], [True, True, False, False])
    assert refused.value.code == "cannot_calibrate"


def test_one_odd_frame_does_not_make_a_track() -> None:
    assert track_raw([-3.0, -3.0, 3.0]) == -1.0


def test_thresholds_hold_for_every_data_set_and_miss_few_fakes_of_any_method() -> None:
    rows = [("real", "none", "tame", raw) for raw in range(40)]
    rows += [("real", "none", "odd", raw) for raw in range(10, 50, 2)]
    rows += [("real", "none", "tiny", 99)]
    rows += [("fake", "easy", "tame", raw) for raw in range(30, 50)]
    rows += [("fake", "hard", "tame", raw) for raw in range(2, 22)]
    rows += [("fake", "rare", "tame", -9)]
    table = pd.DataFrame(rows, columns=["label", "method", "dataset", "raw"]).assign(worn=False)
    found = thresholds(table, 0.05)
    assert (
        found.signs == 48
    )  # of the odd set's 20 the largest; all 61 together would give 46, one file alone nothing
    assert found.no_signs == 3  # of the hard method a tenth lies below; one rare fake has no say
    assert len(found.genuine) == 61


def test_thresholds_hold_for_worn_copies_which_are_no_clips_of_their_own() -> None:
    fresh = pd.DataFrame({"label": "real", "method": "none", "dataset": "one", "raw": range(30), "worn": False})
    worn = fresh.assign(raw=fresh["raw"] + 5, worn=True)
    found = thresholds(pd.concat([fresh, worn]), 0.05)
    assert found.signs == 34
    assert found.genuine == tuple(range(30))


def test_without_known_methods_nothing_is_called_clean_that_is_not_below_the_upper_threshold() -> None:
    rows = pd.DataFrame({"label": "real", "method": "none", "dataset": "one", "raw": range(30), "worn": False})
    found = thresholds(rows, 0.05)
    assert found.no_signs == found.signs


def test_a_claim_that_too_few_clips_allow_survives_the_card() -> None:
    nothing = Thresholds(signs=math.inf, no_signs=-1.0, false_alarm_rate=0.05, genuine=())
    assert Thresholds.model_validate_json(nothing.model_dump_json()) == nothing
