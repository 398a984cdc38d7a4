"""Whether what comes in, and what is said of it, has moved away from what it was.

A number has moved only where it lies beyond a bound that matters and beyond what chance does with as few files. For
the population stability index, chance is known: n·m / (n + m) times the index of two samples of one population is
distributed about as chi-squared with one degree less than there are bins (Yurdakul and Naranjo 2020).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from core.judgement.shares import wilson

FEWEST = 30  # files on either side; fewer say nothing
BINS = 10  # of a distribution, at most
EACH = 10  # files of the smaller side for each bin, at least: with fewer, chance is no longer as known
MATTERS = 0.25  # of the index: the usual bound of a great shift
SHARE_MATTERS = 0.15  # of a share
NUMBERS = 7  # that a look watches: see `pipelines.drift.measures`
SURE = 1 - 0.01 / NUMBERS  # that chance alone does not move one of them as far: no alarm at all in 99 looks of 100

Verdict = Literal["steady", "moved", "too_few"]


@dataclass(frozen=True)
class Moved:
    """How far a number is from its reference; `bound` is what it must exceed. n and m: files now and then."""

    verdict: Verdict
    value: float | None
    bound: float | None
    n: int
    m: int
    now: float | None  # median, or the share
    then: float | None


def distribution(now: Sequence[float], then: Sequence[float]) -> Moved:
    """Whether values are spread as in the reference, in bins that hold equally many of the reference."""
    from scipy.stats import chi2  # takes a second, which no start of a worker should

    n, m = len(now), len(then)
    if min(n, m) < FEWEST:
        return Moved("too_few", None, None, n, m, _median(now), _median(then))
    inner = np.unique(np.quantile(then, np.linspace(0, 1, min(BINS, min(n, m) // EACH) + 1)[1:-1]))
    counts_now, counts_then = (np.bincount(np.digitize(part, inner), minlength=len(inner) + 1) for part in (now, then))
    value = stability_index(counts_now, counts_then)
    bound = max(MATTERS, (1 / n + 1 / m) * float(chi2.ppf(SURE, len(inner))))
    verdict: Verdict = "moved" if value > bound else "steady"
    return Moved(verdict, value, bound, n, m, _median(now), _median(then))


def stability_index(now: Sequence[int] | np.ndarray, then: Sequence[int] | np.ndarray) -> float:
    """Σ (p − q) ln (p / q) over bins; half a file is added to each bin, for an empty one would make it infinite."""
    p, q = (np.asarray(counts, float) + 0.5 for counts in (now, then))
    p, q = p / p.sum(), q / q.sum()
    return float(((p - q) * np.log(p / q)).sum())


def share(now: int, n: int, then: int, m: int, falls: bool = False) -> Moved:
    """Whether a share of files is another one; where `falls`, only whether it has become smaller."""
    if min(n, m) < FEWEST:
        return Moved("too_few", None, None, n, m, now / n if n else None, then / m if m else None)
    difference = now / n - then / m
    chance = _chance(now, n, then, m, difference)
    bound = max(SHARE_MATTERS, chance)
    far = -difference if falls else abs(difference)
    return Moved("moved" if far > bound else "steady", difference, bound, n, m, now / n, then / m)


def _chance(now: int, n: int, then: int, m: int, difference: float) -> float:
    """How far a difference of shares may lie from 0 by chance: half of Newcombe's interval on the side of 0."""
    low, high = zip(wilson(now, n, SURE), wilson(then, m, SURE), strict=True)
    p, q = now / n, then / m
    if difference >= 0:
        return sqrt((p - low[0]) ** 2 + (high[1] - q) ** 2)
    return sqrt((high[0] - p) ** 2 + (q - low[1]) ** 2)


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if len(values) else None
