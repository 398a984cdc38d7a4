"""Which kind of manipulation a flagged face looks like, or that this is not clear."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

Floats = NDArray[np.float64]

WORDS = {
    "swap": "a face swap or re-enactment",
    "lip_sync": "lip-sync",
    "gan": "a whole face made by a GAN",
    "diffusion": "a whole face made by a diffusion model",
}
RIDGE = 0.001  # inverse strength: there are more features than people
SHARPEST = 20.0  # a temperature between 1 / 20 and 20
RIGHT = 0.9  # share of named held-out fakes whose kind is to be right


def fit(features: Floats, kinds: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Weights [k, f] and offsets [k] of the logits of kinds 0 to k − 1; faces [n, f] of kind k are genuine.

    Genuine faces of the same sources are a class of their own, so that the look of a source alone says less.
    """
    from sklearn.linear_model import LogisticRegression  # takes seconds, and who analyses fits nothing
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=RIDGE, max_iter=3000, class_weight="balanced").fit(scaler.transform(features), kinds)
    weights = model.coef_[:-1] / scaler.scale_
    return weights, model.intercept_[:-1] - weights @ scaler.mean_


def temperature(logits: Floats, kinds: NDArray[np.intp]) -> float:
    """What the logits [n, k] of held-out fakes are divided by so that their softmax is the share that is right
    (Guo et al. 2017). Each kind counts alike."""
    from scipy.optimize import minimize_scalar

    weights = 1 / np.bincount(kinds, minlength=logits.shape[1])[kinds]

    def loss(log_t: float) -> float:
        said = log_softmax(logits / np.exp(log_t), axis=1)[np.arange(len(kinds)), kinds]
        return -float(np.average(said, weights=weights))

    bound = np.log(SHARPEST)
    return float(np.exp(minimize_scalar(loss, bounds=(-bound, bound), method="bounded").x))


def least(logits: Floats, kinds: NDArray[np.intp]) -> float:
    """The confidence from which on `RIGHT` of the held-out fakes are named rightly; above 1 where none is."""
    confidences, right = softmax(logits, axis=1).max(1), logits.argmax(1) == kinds
    weights = 1 / np.bincount(kinds, minlength=logits.shape[1])[kinds]
    surest = np.argsort(-confidences)
    shares = np.cumsum((weights * right)[surest]) / np.cumsum(weights[surest])
    enough = np.flatnonzero(shares >= RIGHT)
    return float(confidences[surest][enough[-1]]) if len(enough) else np.nextafter(1.0, 2.0)


def named(names: Sequence[str], logits: Floats, enough: float) -> tuple[str | None, float]:
    """The kind that several faces of one person look like by their mean logits [n, k], and the confidence in it, 0–1.

    None, not clear, where the confidence is below `enough`, or where there is nothing to choose from.
    """
    shares = softmax(logits.mean(0))
    best = int(shares.argmax())
    clear = len(names) > 1 and shares[best] >= enough
    return (names[best] if clear else None), float(shares[best])
