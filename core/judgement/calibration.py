"""Raw scores to probabilities."""

import math
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from core.detectors.card import Calibration


def probability(raw: float, calibration: Calibration) -> float:
    """The calibrated probability, 0–1, that a clip with this raw score is manipulated, fakes and reals being as many."""
    return 1 / (1 + math.exp(-(calibration.scale * raw + calibration.offset)))


def fit(raws: Sequence[float], fake: Sequence[bool]) -> Calibration:
    """Platt's scaling (1999) on held-out scores, both classes weighing the same; a little ridge keeps it finite."""
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(np.reshape(raws, (-1, 1)), list(fake))
    return Calibration(scale=float(model.coef_[0, 0]), offset=float(model.intercept_[0]))
