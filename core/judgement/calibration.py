"""From held-out scores to probabilities and thresholds."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.detectors.card import Calibration, Scale, Thresholds
from core.errors import AnalysisFailed

# Who analyses reads this file and fits nothing; pandas and scikit-learn take seconds to import.
if TYPE_CHECKING:
    import pandas as pd

MISSED_FAKES = 0.1  # share of any method's fakes that may fall below the lower threshold
FEWEST_FAKES = 5  # of a method, for it to have a say


def probability(raw: float, calibration: Calibration) -> float:
    """The probability, 0–1, that a clip with this raw score is manipulated, were fakes as many as genuine clips."""
    return 1 / (1 + math.exp(-(calibration.scale * raw + calibration.offset)))


def fit(raws: Sequence[float], fake: Sequence[bool]) -> Calibration:
    """Platt's scaling (1999) on held-out scores; both classes weigh the same, a little ridge keeps it finite.

    Raises:
        AnalysisFailed: `cannot_calibrate` where fakes score no higher than genuine files.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, class_weight="balanced").fit(np.reshape(raws, (-1, 1)), list(fake))
    slope = float(model.coef_[0, 0])
    if slope <= 0:
        message = "On files that it did not learn from, this detector scores fakes no higher than genuine files"
        raise AnalysisFailed("cannot_calibrate", f"{message}: there is nothing to calibrate. Train another one.")
    return Calibration(scale=slope, offset=float(model.intercept_[0]))


def conformal_threshold(genuine: Sequence[float], false_alarm_rate: float) -> float:
    """The score that a new genuine clip passes with probability `false_alarm_rate` at most.

    Split conformal prediction (Vovk et al. 2005): the ⌈(n + 1)(1 − rate)⌉-th smallest of n genuine scores; infinite
    where n is too small for the claim. Holds for clips drawn like those n, whatever fakes look like.
    """
    ordered = sorted(genuine)
    rank = math.ceil((len(ordered) + 1) * (1 - false_alarm_rate))
    return ordered[rank - 1] if rank <= len(ordered) else math.inf


def thresholds(scored: "pd.DataFrame", false_alarm_rate: float) -> Thresholds:
    """Both thresholds from held-out files of one kind; columns `raw`, `label`, `method`, `dataset`, `worn`.

    The upper one is conformal, on genuine files alone. It holds for all of them together, for each data set that has
    enough, and for copies that were re-encoded on their way (`worn`): a claim that is true on average and false for
    one kind of footage would accuse people. The lower one lets at most a tenth of the fakes of any method fall below
    it. Copies are no clips of their own: `genuine` lists files as they came.
    """
    genuine = scored[(scored["label"] == "real") & ~scored["worn"]]
    copies = scored[(scored["label"] == "real") & scored["worn"]]
    strata = [*(part for _, part in genuine.groupby("dataset")), copies]
    allowed = [conformal_threshold(part["raw"].tolist(), false_alarm_rate) for part in strata]
    signs = max(
        [conformal_threshold(genuine["raw"].tolist(), false_alarm_rate), *filter(math.isfinite, allowed)]
    )
    fakes = scored[(scored["label"] == "fake") & ~scored["worn"]].groupby("method")["raw"]
    missed = [
        raws.quantile(MISSED_FAKES, interpolation="lower") for _, raws in fakes if len(raws) >= FEWEST_FAKES
    ]
    return Thresholds(
        signs=signs,
        no_signs=min([signs, *missed]),
        false_alarm_rate=false_alarm_rate,
        genuine=tuple(sorted(genuine["raw"])),
    )


def scale(scored: "pd.DataFrame", false_alarm_rate: float) -> Scale:
    """How raw scores of one kind of media are to be read; columns as for `thresholds`."""
    fresh = scored[~scored["worn"]]
    calibration = fit(fresh["raw"].tolist(), (fresh["label"] == "fake").tolist())
    return Scale(calibration=calibration, thresholds=thresholds(scored, false_alarm_rate))
