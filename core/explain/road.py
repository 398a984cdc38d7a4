"""Remove and debias: does a score hang on what a map calls hot? Rong et al. 2022, "A Consistent and Efficient
Evaluation Strategy for Attribution Methods".

The hottest pixels are taken away and filled in from their neighbours, so that neither an edge nor a plain patch tells
where something was; the same is done to the coldest. The score should fall by the first and not by the second.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import spsolve

from core.explain.localisation import Heat, hottest

SHARES = (0.1, 0.3, 0.5)  # of the pixels, taken away one after another
NOISE = 0.01 * 255  # levels, standard deviation: a fill that is too smooth would tell where it lies
WEIGHTS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]]) / 12  # of a pixel's neighbours

Pictures = NDArray[np.uint8]
Score = Callable[[Pictures], NDArray[np.float32]]  # of crops [n, size, size, 3]


def road(score: Score, crops: Pictures, heats: Heat, seed: int = 0) -> NDArray[np.float64]:
    """For each crop how much lower its score is without the hottest pixels than without the coldest, [n], in half
    units of the score and on average over the `SHARES`. Zero says that the map tells nothing."""
    rng = np.random.default_rng(seed)
    found = []
    for share in SHARES:
        count = round(share * heats[0].size)
        without = [
            np.stack([imputed(crop, hottest(heat, count), rng) for crop, heat in zip(crops, maps, strict=True)])
            for maps in (heats, -heats)
        ]
        found.append((score(without[1]) - score(without[0])) / 2)
    return np.mean(found, axis=0, dtype=float)


def imputed(picture: Pictures, hidden: NDArray[np.bool_], rng: np.random.Generator) -> Pictures:
    """The picture [h, w, 3] with its hidden pixels [h, w] filled in: each is the weighted mean of its neighbours, all
    of them at once, and some noise."""
    known = _around(np.where(hidden[..., None], 0, picture))[hidden]
    filled = spsolve(_ties(hidden), known)
    changed = picture.copy()
    changed[hidden] = np.clip(np.rint(filled + rng.normal(0, NOISE, filled.shape)), 0, 255)
    return changed


def _ties(hidden: NDArray[np.bool_]) -> csc_array:
    """What hangs on what, [n, n] for n hidden pixels: its own weight less that of its hidden neighbours."""
    number = np.full(np.add(hidden.shape, 2), -1)  # none around the picture, so that its border needs no case
    number[1:-1, 1:-1][hidden] = np.arange(hidden.sum())
    y, x = np.nonzero(number >= 0)
    parts = [(_around(np.ones(hidden.shape))[hidden], np.arange(len(y)), np.arange(len(y)))]
    for (down, right), weight in np.ndenumerate(WEIGHTS):
        beside = number[y + down - 1, x + right - 1]
        if weight:
            parts.append((np.full((beside >= 0).sum(), -weight), np.nonzero(beside >= 0)[0], beside[beside >= 0]))
    values, rows, columns = (np.concatenate(part) for part in zip(*parts, strict=True))
    return coo_array((values, (rows, columns)), shape=(len(y), len(y))).tocsc()


def _around(picture: NDArray[Any]) -> NDArray[np.float64]:
    """The weighted sum of each pixel's neighbours; nothing lies beyond the border."""
    return cv2.filter2D(picture.astype(np.float64), -1, WEIGHTS, borderType=cv2.BORDER_CONSTANT)
