"""Bounds of shares, against SciPy's."""

import pytest
from scipy.stats import binomtest

from core.judgement.shares import at_most, needed, wilson


@pytest.mark.parametrize("k", [0, 7, 40])
def test_intervals_are_the_known_ones(k: int) -> None:
    known = binomtest(k, 40).proportion_ci(0.99, method="wilson")
    assert wilson(k, 40, 0.99) == pytest.approx((known.low, known.high), abs=1e-9)
    upper = binomtest(k, 40, alternative="less").proportion_ci(0.95, method="exact").high
    assert at_most(k, 40, 0.95) == pytest.approx(upper, abs=1e-9)


def test_so_many_without_a_case_show_that_a_case_is_rare() -> None:
    assert needed(0.03, 0.95) == 99
    assert at_most(0, 99, 0.95) <= 0.03 < at_most(0, 98, 0.95)
    with_one = needed(0.03, 0.95, 1)
    assert at_most(1, with_one, 0.95) <= 0.03 < at_most(1, with_one - 1, 0.95)
