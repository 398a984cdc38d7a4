"""The quick look at a generator while it trains: KID, FID and diversity on a few hundred samples of one seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.generators.model import Model
from core.generators.pictures import PictureSet, as_tensor
from core.generators.quality.distances import Gaussian, frechet_to, kid
from core.generators.quality.features import features
from core.generators.quality.figures import diversity
from core.generators.training import Evaluate

SEED = 1
SHOWN = {"kid": ("KID × 1000", 1000), "fid": ("FID", 1)}


def quick_look(pictures: PictureSet, count: int) -> Evaluate:
    """A function that compares `count` samples with as many real pictures, drawn once."""
    chosen = np.random.default_rng(SEED).permutation(len(pictures))[:count]
    real = features(as_tensor(pictures.pictures[chosen]))
    gaussian = Gaussian.of(real)

    def evaluate(model: Model) -> dict[str, float]:
        samples = features(model.sample(count, SEED).to(model.fabric.device))
        ones = np.ones((1, len(real))), np.ones((1, len(samples)))
        return {
            "kid": float(kid(real, samples, *ones)[0]),
            "fid": frechet_to(samples, gaussian),
            "diversity": diversity(real, samples),
        }

    return evaluate


def course(looks: Sequence[dict[str, Any]]) -> list[str]:
    """How each distance went from the first of these looks to the last; runs of former versions know no FID."""
    told = []
    for key, (name, scale) in SHOWN.items():
        if seen := [(look["step"], look[key] * scale) for look in looks if key in look]:
            (start, first), (end, last) = seen[0], seen[-1]
            way = f"{'fell' if last < first else 'rose'} from {first:.1f} (step {start}) to "
            told.append(f"{name} {way if end > start else ''}{last:.1f} (step {end}).")
    return told
