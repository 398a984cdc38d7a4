"""The curves behind the figures, as few points as draw them: for a model's card.

Labels and scores as in `core.judgement.metrics`. A curve is None where a class is missing.
"""

from typing import Any

import numpy as np

from core.judgement.metrics import Bools, Floats, roc

POINTS = 200  # of a curve, at most
DIGITS = 4
BINS = 10  # of equal width; fewer than for the figure, so that each has something to show


def curves(fake: Bools, score: Floats) -> dict[str, Any] | None:
    """All three of scored items."""
    if len(np.unique(fake)) < 2:
        return None
    return {
        "roc": roc_curve(fake, score),
        "risk_coverage": risk_coverage(fake, score),
        "calibration": calibration(fake, score),
    }


def roc_curve(fake: Bools, score: Floats) -> dict[str, list[float]]:
    """Share of genuine items and of fakes that score as high, from the highest score down."""
    false_alarms, hits = (part[:, 0] for part in roc(fake, score, np.ones((len(fake), 1))))
    return {"false_alarms": _thinned(false_alarms), "hits": _thinned(hits)}


def risk_coverage(fake: Bools, score: Floats) -> dict[str, list[float]]:
    """Share of wrong answers among the share of items that are kept, the surest first (`metrics.aurc`)."""
    doubt = -np.abs(score - 0.5)
    order = np.argsort(doubt, kind="stable")
    wrong = ((score > 0.5) != fake)[order]
    last = np.flatnonzero(np.diff(doubt[order], append=np.inf))  # equally sure items are kept together
    kept = last + 1
    return {
        "coverage": _thinned(kept / len(score)),
        "risk": _thinned(np.cumsum(wrong)[last] / kept),
    }


def calibration(fake: Bools, score: Floats) -> dict[str, list[float]]:
    """For every bin of scores that has items: their mean score, the share of fakes among them, how many they are."""
    place = np.minimum((score * BINS).astype(int), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    full = counts > 0
    mean, share = (np.bincount(place, part, BINS)[full] / counts[full] for part in (score, fake.astype(float)))
    return {"score": _rounded(mean), "fakes": _rounded(share), "n": counts[full].tolist()}


def _thinned(values: Floats) -> list[float]:
    """At most POINTS of them, the first and the last among them; all curves of a pair are thinned alike."""
    chosen = np.unique(np.linspace(0, len(values) - 1, min(POINTS, len(values))).round().astype(int))
    return _rounded(values[chosen])


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
