"""Distances between two sets of features: Fréchet (FID) and kernel (KID).

FID    Heusel et al. 2017; between two Gaussians. Too large at small n, so n is always given with it.
KID    Bińkowski et al. 2018; the unbiased squared maximum mean discrepancy under k(x, y) = (x·y / d + 1)³.

Where weights are taken, [draws, n], each row is one resampling of the n features; a row of ones is the set itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gaussian:
    """Mean [d] and covariance [d, d] of a set of features."""

    mean: Array
    covariance: Array

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> "Gaussian":
        """Of features [n, d]; the covariance divides by n − 1."""
        return cls(features.mean(0, dtype=np.float64), np.cov(features, rowvar=False).reshape((features.shape[1],) * 2))


def square_root(covariance: Array) -> Array:
    """The symmetric square root; what rounding pushed below zero counts as zero."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def frechet(one: Gaussian, other: Gaussian, root_of_one: Array | None = None) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½); give the root of Σ₁ where it is known already."""
    root = square_root(one.covariance) if root_of_one is None else root_of_one
    shared = np.linalg.eigvalsh(root @ other.covariance @ root).clip(0)
    gap = np.square(one.mean - other.mean).sum()
    return float(gap + np.trace(one.covariance) + np.trace(other.covariance) - 2 * np.sqrt(shared).sum())


def frechet_to(features: NDArray[np.floating], one: Gaussian, root_of_one: Array | None = None) -> float:
    """`frechet` between `one` and the Gaussian of `features` [n, d], the quicker way round.

    Σ₂ of few features is XᵀX / (n − 1), and Σ₁^½ XᵀX Σ₁^½ has the eigenvalues of X Σ₁ Xᵀ, which is only n × n and
    needs no root.
    """
    n, d = features.shape
    if n > d:
        return frechet(one, Gaussian.of(features), root_of_one)
    mean = features.mean(0, dtype=np.float64)
    centred = (features - mean) / np.sqrt(n - 1)
    shared = np.linalg.eigvalsh(centred @ one.covariance @ centred.T).clip(0)
    spread = np.trace(one.covariance) + np.square(centred).sum()
    return float(np.square(one.mean - mean).sum() + spread - 2 * np.sqrt(shared).sum())


def kernel(one: NDArray[np.floating], other: NDArray[np.floating]) -> Array:
    """k(x, y) = (x·y / d + 1)³ for all pairs, [n, m]."""
    return (one.astype(np.float64) @ other.T / one.shape[1] + 1) ** 3


def kid(real: NDArray[np.floating], fake: NDArray[np.floating], real_weights: Array, fake_weights: Array) -> Array:
    """The kernel distance for each row of weights, [draws]; may fall below zero, for it is unbiased."""
    within_real = mean_of_pairs(kernel(real, real), real_weights)
    within_fake = mean_of_pairs(kernel(fake, fake), fake_weights)
    across = np.einsum("bi,ij,bj->b", real_weights, kernel(real, fake), fake_weights, optimize=True)
    return within_real + within_fake - 2 * across / (real_weights.sum(1) * fake_weights.sum(1))


def mean_of_pairs(table: Array, weights: Array) -> Array:
    """The weighted mean of a symmetric `table` [n, n] over pairs of two different pictures, [draws]."""
    alone = np.square(weights) @ np.diag(table)
    together = np.einsum("bi,ij,bj->b", weights, table, weights, optimize=True)
    return (together - alone) / (weights.sum(1) ** 2 - np.square(weights).sum(1))
