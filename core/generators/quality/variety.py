"""Are samples like real pictures, are they as varied, are they copies?

precision   share of samples within the real pictures' manifold: fidelity (Kynkäänniemi et al. 2019)
recall      share of real pictures within the samples' manifold: coverage
diversity   mean distance between two samples, as a share of that between two real pictures
nearest     the real picture that lies nearest to each sample

A manifold is the union of balls about its points, each as large as the distance to its k-th neighbour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.generators.quality.distances import Array

NEIGHBOURS = 3  # k


def pairwise(one: NDArray[np.floating], other: NDArray[np.floating]) -> Array:
    """Euclidean distances [n, m]."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(squares.clip(0))


def radii(features: NDArray[np.floating], k: int = NEIGHBOURS) -> Array:
    """The distance of each point to its k-th neighbour among the others."""
    distances = pairwise(features, features)
    np.fill_diagonal(distances, np.inf)
    return np.partition(distances, k - 1, axis=1)[:, k - 1]


def within(manifold: NDArray[np.floating], features: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of `features` lie in a ball of the manifold's."""
    return np.any(pairwise(features, manifold) <= radii(manifold)[None], axis=1)


@dataclass(frozen=True)
class Nearest:
    """For each sample the index of its nearest real picture, and the distance to it."""

    index: NDArray[np.intp]
    distance: Array


def nearest(samples: NDArray[np.floating], real: NDArray[np.floating]) -> Nearest:
    """The nearest of the real pictures."""
    distances = pairwise(samples, real)
    index = distances.argmin(1)
    return Nearest(index, distances[np.arange(len(samples)), index])


def copied(found: Nearest, real: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Samples nearer to a real picture than 99 % of the real pictures are to one another."""
    return found.distance < np.quantile(radii(real, 1), 0.01)
