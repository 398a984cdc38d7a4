"""Drift: against known values, and against chance."""

import numpy as np
import pytest

from core.judgement import drift
from pipelines.drift import measures


def test_the_index_of_known_shares() -> None:
    # (0.5 − 0.25) ln 2 + (0.5 − 0.75) ln (2/3), with so many files that half a one does not matter.
    found = drift.stability_index([50_000_000, 50_000_000], [25_000_000, 75_000_000])
    assert found == pytest.approx(0.274653, abs=1e-5)
    assert drift.stability_index([10, 20, 30], [10, 20, 30]) == 0


def test_an_alarm_is_reckoned_for_as_many_numbers_as_are_watched() -> None:
    assert len(measures([], [])) == drift.NUMBERS
    quiet = drift.SURE ** drift.NUMBERS  # the chance that none of them moves by chance
    assert quiet == pytest.approx(0.99, abs=1e-4)


def test_chance_alone_seldom_raises_an_alarm_however_few_the_files() -> None:
    draw = np.random.default_rng(0)
    for n, m in ((30, 30), (30, 400), (80, 400), (500, 500)):
        found = [drift.distribution(draw.normal(size=n), draw.normal(size=m)).verdict for _ in range(300)]
        assert found.count("moved") <= 9, (n, m)  # 1 in 100 is meant, and fewer where the bound is what matters
        shares = [drift.share(draw.binomial(n, 0.3), n, draw.binomial(m, 0.3), m).verdict for _ in range(300)]
        assert shares.count("moved") <= 9, (n, m)


def test_what_has_moved_is_found() -> None:
    draw = np.random.default_rng(1)
    then = draw.normal(0, 1, 400)
    found = drift.distribution(draw.normal(1.2, 1, 80), then)
    assert found.verdict == "moved" and found.value is not None and found.bound is not None
    assert found.value > found.bound >= drift.MATTERS and found.now is not None and found.now > 0.8
    assert drift.distribution(draw.normal(0, 1, 80), then).verdict == "steady"
    assert drift.share(60, 80, 120, 400).verdict == "moved"
    assert drift.share(30, 80, 120, 400).verdict == "steady"


def test_a_share_that_may_only_fall() -> None:
    assert drift.share(95, 100, 60, 100, falls=True).verdict == "steady"
    assert drift.share(40, 100, 90, 100, falls=True).verdict == "moved"


def test_a_handful_of_files_says_nothing() -> None:
    assert drift.distribution([5.0] * 29, [0.0] * 500).verdict == "too_few"
    assert drift.share(0, 29, 500, 500).verdict == "too_few"
    assert drift.distribution([], []).now is None and drift.share(0, 0, 0, 0).then is None


def test_values_that_are_all_the_same_are_steady() -> None:
    assert drift.distribution([1080.0] * 100, [1080.0] * 100).verdict == "steady"
    assert drift.distribution([480.0] * 100, [1080.0] * 100).verdict == "moved"
