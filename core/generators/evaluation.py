"""The quick look at a generator while it trains: KID and diversity on a few hundred samples of one seed."""

import numpy as np

from core.generators.model import Model
from core.generators.pictures import PictureSet, as_tensor
from core.generators.quality.distances import kid
from core.generators.quality.features import features
from core.generators.quality.figures import diversity
from core.generators.training import Evaluate

SEED = 1


def quick_look(pictures: PictureSet, count: int) -> Evaluate:
    """A function that compares `count` samples with as many real pictures, drawn once."""
    chosen = np.random.default_rng(SEED).permutation(len(pictures))[:count]
    real = features(as_tensor(pictures.pictures[chosen]))

    def evaluate(model: Model) -> dict[str, float]:
        samples = features(model.sample(count, SEED).to(model.fabric.device))
        ones = np.ones((1, len(real))), np.ones((1, len(samples)))
        return {"kid": float(kid(real, samples, *ones)[0]), "diversity": diversity(real, samples)}

    return evaluate
