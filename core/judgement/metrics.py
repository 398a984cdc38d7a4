"""How good the desk's answers are: discrimination, calibration, what it dares to say, and how sure that is.

Every figure takes `weights` [n, b], how often each of n items counts in each of b resamples, and gives [b] values:
one call computes a whole bootstrap distribution. A figure is NaN where its class is missing.

    fake      [n] bool      what the item is
    score     [n] 0–1       calibrated probability that it is fake
    flagged   [n] bool      it reached the band `signs`
"""

from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from core.judgement.shares import wilson

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Figure = Callable[[Floats], Floats]

CALIBRATION_BINS = 15  # of equal width, as in Guo et al. 2017
CONFIDENT = 0.9
LEVEL = 0.95  # of an interval
BOUNDS = (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)


class Told(TypedDict):
    """A figure as it is written down; `ci` is its 95 % interval, low and high."""

    value: float
    ci: list[float]


def roc(fake: Bools, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """False alarm rate and hit rate, each [k + 1, b], at the k distinct scores from the highest down, after (0, 0)."""
    genuine, fakes = _running(-score, weights * ~fake[:, None]), _running(-score, weights * fake[:, None])
    return _ratio(genuine, genuine[-1]), _ratio(fakes, fakes[-1])


def auc(fake: Bools, score: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a fake scores higher than a genuine item, ties counting half."""
    false_alarms, hits = roc(fake, score, weights)
    return np.trapezoid(hits, false_alarms, axis=0) + 0 * hits[-1]  # NaN also where there are no points


def eer(fake: Bools, score: Floats, weights: Floats) -> Floats:
    """Equal error rate: where the ROC curve, its points joined by lines, has as many misses as false alarms."""
    false_alarms, hits = roc(fake, score, weights)
    gap = 1 - hits - false_alarms  # falls from 1 to −1 along the curve
    after = np.argmax(gap <= 0, axis=0)
    columns = np.arange(gap.shape[1])
    here, there = (np.maximum(after - 1, 0), columns), (after, columns)
    part = _ratio(gap[here], gap[here] - gap[there])
    return false_alarms[here] + part * (false_alarms[there] - false_alarms[here])


def tpr_at_fpr(fake: Bools, score: Floats, weights: Floats, fpr: float) -> Floats:
    """Share of fakes found by the lowest threshold whose false alarm rate is at most `fpr`; nothing interpolated."""
    false_alarms, hits = roc(fake, score, weights)
    allowed = np.where(false_alarms <= fpr, hits, 0).max(0)
    return np.where(np.isnan(false_alarms[-1] + hits[-1]), np.nan, allowed)


def ece(fake: Bools, score: Floats, weights: Floats) -> Floats:
    """Expected calibration error: mean distance between the score and the share of fakes, over equal-width bins."""
    return _ratio(_gaps(score, weights * (score - fake)[:, None]), weights.sum(0))


def ece_of_perfect(score: Floats, draws: int = 1000, seed: int = 0) -> Told | None:
    """What `ece` comes to on so many items where every score is a true frequency: chance alone, its mean and where
    95 % of `draws` lie. None of no items.

    On few items that is far from 0 (Roelofs et al. 2022, "Mitigating bias in calibration error estimation"): an `ece`
    within it says nothing against a detector, and nothing for it.
    """
    if not len(score):
        return None
    fake = np.random.default_rng(seed).random((len(score), draws)) < score[:, None]
    drawn = _gaps(score, score[:, None] - fake) / len(score)
    return _told(float(drawn.mean()), *np.percentile(drawn, BOUNDS))


def _gaps(score: Floats, distances: Floats) -> Floats:
    """The sizes of the sums of `distances` [n, b] over equal-width bins of the score, summed: [b]."""
    place = np.minimum((score * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return np.abs(np.eye(CALIBRATION_BINS)[place].T @ distances).sum(0)


def aurc(fake: Bools, score: Floats, weights: Floats) -> Floats:
    """Area under the risk–coverage curve: the error rate among the surest items, averaged over how many are kept.

    Sure is far from ½; items that are equally sure are kept or left together. Geifman and El-Yaniv 2017.
    """
    wrong = (score > 0.5) != fake
    doubt = -np.abs(score - 0.5)
    kept, errors = _running(doubt, weights), _running(doubt, weights * wrong[:, None])
    risk = np.divide(errors, kept, out=np.zeros_like(errors), where=kept > 0)
    return _ratio((np.diff(kept, axis=0) * risk[1:]).sum(0), kept[-1])


def confidently_wrong(fake: Bools, score: Floats, weights: Floats) -> Floats:
    """Share of items that score beyond 0.9 on the wrong side."""
    on_wrong_side = np.where(fake, 1 - score, score)
    return share(on_wrong_side > CONFIDENT, weights)


def flagged_genuine(fake: Bools, flagged: Bools, weights: Floats) -> Floats:
    """Share of genuine items that reach `signs`: the false alarm rate that an analyst lives with."""
    return share(flagged[~fake], weights[~fake])


def share(chosen: Bools, weights: Floats) -> Floats:
    """Share of items that are `chosen`."""
    return _ratio(chosen.astype(float) @ weights, weights.sum(0))


def with_interval(figure: Figure, resamples: Floats) -> Told | None:
    """A figure and its 95 % percentile interval, `{"value": …, "ci": [low, high]}`; None where a class is missing.

    `resamples` [n, b] as `resampled` makes them; those that lack a class are left out of the interval.
    """
    if (value := _value(figure, resamples)) is None:
        return None
    low, high = np.nanpercentile(figure(resamples), BOUNDS)
    return _told(value, low, high)


def share_with_interval(figure: Figure, resamples: Floats, groups: int) -> Told | None:
    """The same for a share that `groups` bear, at least as wide as Wilson's: drawn anew, what has no case has none."""
    if (found := with_interval(figure, resamples)) is None:
        return None
    value, (low, high) = found["value"], found["ci"]
    least, most = wilson(value * groups, groups, LEVEL)
    return _told(value, max(0.0, min(low, least)), min(1.0, max(high, most)))


def distance_with_interval(figure: Figure, resamples: Floats) -> Told | None:
    """The same for a distance, which chance only adds to: of the draws their spread is taken, not where they lie."""
    if (value := _value(figure, resamples)) is None:
        return None
    drawn = figure(resamples)
    low, high = value + np.nanpercentile(drawn - np.nanmedian(drawn), BOUNDS)
    return _told(value, max(0.0, low), min(1.0, high))


def _value(figure: Figure, resamples: Floats) -> float | None:
    value = float(figure(np.ones((len(resamples), 1)))[0])
    return None if np.isnan(value) else value


def _told(value: float, low: float, high: float) -> Told:
    return {"value": value, "ci": [float(low), float(high)]}


def resampled(groups: Sequence[str], n: int = 1000, seed: int = 0) -> Floats:
    """Weights [items, n] of `n` draws of whole groups with replacement; as many groups a draw as there are.

    The clips of one person or source come and go together, for they are not independent.
    """
    names, place = np.unique(np.asarray(groups, str), return_inverse=True)
    drawn = (
        np.random.default_rng(seed).integers(len(names), size=(n, len(names)))
        if len(names)
        else np.empty((n, 0))
    )
    counts = np.stack([np.bincount(draw, minlength=len(names)) for draw in drawn.astype(np.intp)], axis=1)
    return counts[place].astype(float)


def _running(key: Floats, weights: Floats) -> Floats:
    """Running sums of `weights` [n, b] by ascending `key`, after each of its k distinct values: [k + 1, b], first 0."""
    order = np.argsort(key, kind="stable")
    last = np.flatnonzero(np.diff(key[order], append=np.inf))
    sums = np.cumsum(weights[order], axis=0)[last]
    return np.concatenate([np.zeros((1, weights.shape[1])), sums])


def _ratio(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, NaN where the whole is 0."""
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
