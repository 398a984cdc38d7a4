"""How right heatmaps are, against known masks; always to be read beside the blob in the middle of the crop.

A face stands in the middle of its crop, and so does most manipulation: a map that knows nothing but that already looks
good. `heat` [n, size, size] is in 0–1, `mask` [n, size, size] is True where the picture was manipulated.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

Heat = NDArray[np.float32]
Masks = NDArray[np.bool_]

GRID = 12  # patches a side
BLOB = 0.25  # standard deviation of the middle blob, as a share of the crop's side


def middle_blob(size: int) -> Heat:
    """A Gaussian in the middle, [size, size]: the baseline that every map must beat."""
    along = np.exp(-(((np.arange(size) + 0.5) / size - 0.5) ** 2) / (2 * BLOB**2))
    return np.outer(along, along).astype(np.float32)


def pointing(heat: Heat, mask: Masks) -> NDArray[np.bool_]:
    """Whether the hottest pixel of each map is manipulated (Zhang et al. 2018, "Top-down neural attention")."""
    flat = heat.reshape(len(heat), -1).argmax(1)
    return mask.reshape(len(mask), -1)[np.arange(len(mask)), flat]


def overlap(heat: Heat, mask: Masks) -> NDArray[np.float64]:
    """Intersection over union of each mask and as many hottest pixels as it has: no threshold to be tuned."""
    hot = np.stack([hottest(h, int(m.sum())) for h, m in zip(heat, mask, strict=True)])
    shared, either = (hot & mask).sum((1, 2)), (hot | mask).sum((1, 2))
    return shared / np.maximum(either, 1)


def patch_auc(heat: Heat, mask: Masks) -> NDArray[np.float64]:
    """For each map the chance that a manipulated patch is hotter than another; NaN where all or none are."""
    return np.array([_patch_auc(h, m) for h, m in zip(heat, mask, strict=True)])


def hottest(heat: Heat, count: int) -> NDArray[np.bool_]:
    """The `count` hottest pixels of one map."""
    order = np.argsort(heat, axis=None, kind="stable")[::-1]
    chosen = np.zeros(heat.size, bool)
    chosen[order[:count]] = True
    return chosen.reshape(heat.shape)


def _patch_auc(heat: Heat, mask: NDArray[np.bool_]) -> float:
    touched = _patches(mask.astype(np.float64)) > 0.5
    if touched.all() or not touched.any():
        return float("nan")
    return float(roc_auc_score(touched, _patches(heat.astype(np.float64))))


def _patches(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of the grid's patches, row by row."""
    bounds = np.linspace(0, picture.shape[0], GRID + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(picture, bounds, 0), bounds, 1)
    areas = np.add.reduceat(np.add.reduceat(np.ones_like(picture), bounds, 0), bounds, 1)
    return (sums / areas).ravel()
