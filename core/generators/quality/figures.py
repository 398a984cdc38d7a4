"""All figures of one generator in one record: each with an interval, and with n, seed and features beside them."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.generators.pictures import PictureSet, as_tensor
from core.generators.quality.distances import Array, Gaussian, frechet_to, kid, mean_of_pairs, square_root
from core.generators.quality.features import Extractor, Features, bundled
from core.generators.quality.variety import copied, nearest, pairwise, within

DRAWS = 200
FRECHET_DRAWS = 20  # each takes an eigenvalue decomposition, of 1280 × 1280 where samples are many
MOST = 5000  # pictures of either side in figures that look at all pairs


@dataclass(frozen=True)
class Figure:
    """A value and the bounds of 95 % of its resamplings."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Real:
    """What is known of the real set; computed once and cached, for it never changes."""

    seen_by: str  # the name of the extractor
    features: Features
    gaussian: Gaussian
    root: Array


@dataclass(frozen=True)
class Quality:
    """The figures of `samples` samples against `real` real pictures."""

    features: str
    samples: int
    real: int
    seed: int
    fid: Figure
    kid: Figure
    precision: Figure
    recall: Figure
    diversity: Figure
    copied: Figure

    def record(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return asdict(self)


def real_statistics(pictures: PictureSet, cache: Path | None = None, extractor: Extractor | None = None) -> Real:
    """The features of a set and their Gaussian, from `cache` where this very set was seen before by the same
    extractor; the bundled one, if none is given."""
    see = extractor or bundled()
    place = None if cache is None else cache / f"{_key(pictures, see)}.npz"
    if place is not None and place.is_file():
        with np.load(place) as kept:
            return Real(see.name, kept["features"], Gaussian(kept["mean"], kept["covariance"]), kept["root"])
    found = see(as_tensor(pictures.pictures))
    gaussian = Gaussian.of(found)
    real = Real(see.name, found, gaussian, square_root(gaussian.covariance))
    if place is not None:
        _keep(place, real)
    return real


def quality(samples: Features, real: Real, seed: int) -> Quality:
    """Every figure of samples that were seen by the same extractor as the real set.

    `seed` is the one that the samples were drawn with, and that resampling starts from.
    """
    rng = np.random.default_rng(seed)
    some_real, some = _some(real.features, rng), _some(samples, rng)
    found = nearest(samples, real.features)
    return Quality(
        features=real.seen_by, samples=len(samples), real=len(real.features), seed=seed,
        fid=_fid(samples, real, rng),
        kid=_kid(some_real, some, rng),
        precision=_share(within(some_real, some), rng),
        recall=_share(within(some, some_real), rng),
        diversity=_diversity(some_real, some, rng),
        copied=_share(copied(found, some_real), rng),
    )  # fmt: skip


def resampled(n: int, rng: np.random.Generator, draws: int = DRAWS) -> Array:
    """Weights [1 + draws, n]: first the set as it is, then as many of its pictures drawn with replacement."""
    drawn = rng.multinomial(n, np.full(n, 1 / n), draws)
    return np.vstack([np.ones(n), drawn]).astype(np.float64)


def interval(values: Array) -> Figure:
    """The first value, with the middle 95 % of the others."""
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Figure(float(values[0]), float(low), float(high))


def diversity(real: Features, samples: Features) -> float:
    """Mean distance between two samples over that between two real pictures: 1 as varied, 0 all alike."""
    spread = [mean_of_pairs(pairwise(f, f), np.ones((1, len(f))))[0] for f in (samples, real)]
    return float(spread[0] / spread[1])


def _fid(samples: Features, real: Real, rng: np.random.Generator) -> Figure:
    """Resampling repeats pictures, which narrows their Gaussian and raises FID: only its spread is used."""

    value = frechet_to(samples, real.gaussian, real.root)
    again = (samples[rng.integers(len(samples), size=len(samples))] for _ in range(FRECHET_DRAWS))
    drawn = np.array([frechet_to(chosen, real.gaussian, real.root) for chosen in again])
    low, high = np.quantile(drawn - np.median(drawn), (0.025, 0.975))
    return Figure(value, value + float(low), value + float(high))


def _kid(real: Features, samples: Features, rng: np.random.Generator) -> Figure:
    return interval(kid(real, samples, resampled(len(real), rng), resampled(len(samples), rng)))


def _share(hit: NDArray[np.bool_], rng: np.random.Generator) -> Figure:
    weights = resampled(len(hit), rng)
    return interval(weights @ hit / len(hit))


def _diversity(real: Features, samples: Features, rng: np.random.Generator) -> Figure:
    spread, spread_of_real = (mean_of_pairs(pairwise(f, f), resampled(len(f), rng)) for f in (samples, real))
    return interval(spread / spread_of_real)


def _some(found: Features, rng: np.random.Generator) -> Features:
    return found if len(found) <= MOST else found[rng.choice(len(found), MOST, replace=False)]


def _key(pictures: PictureSet, extractor: Extractor) -> str:
    digest = hashlib.sha256(extractor.name.encode())
    digest.update(str(pictures.pictures.shape).encode())
    digest.update(np.ascontiguousarray(pictures.pictures).data)
    return digest.hexdigest()[:24]


def _keep(place: Path, real: Real) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".part.npz")
    one = real.gaussian
    np.savez(beside, features=real.features, mean=one.mean, covariance=one.covariance, root=real.root)
    beside.replace(place)
