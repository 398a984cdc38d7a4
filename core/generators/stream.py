"""The order in which pictures are learned from. Batch number k is a function of (seed, k) alone."""

import numpy as np
from numpy.typing import NDArray

from core.generators.model import Batch
from core.generators.pictures import PictureSet
from core.generators.recipe import Recipe


class Stream:
    """Endless batches: the set in a new order each epoch, without a break between epochs.

    Where a CycleGAN learns, each batch holds as many pictures of one domain as of the other.
    """

    def __init__(self, pictures: PictureSet, recipe: Recipe) -> None:
        self.pictures, self.recipe = pictures, recipe
        parts = [np.arange(len(pictures))]
        if recipe.model == "cyclegan" and pictures.labels is not None:
            parts = [np.flatnonzero(pictures.labels == domain) for domain in (0, 1)]
        if not all(len(part) for part in parts):
            raise ValueError("One of the two domains has no pictures.")
        self._parts = parts

    @property
    def per_epoch(self) -> float:
        """Batches in which every picture is seen once."""
        return len(self.pictures) / self.recipe.batch

    def batch(self, step: int) -> Batch:
        """The batch of step number `step`."""
        count = max(1, self.recipe.batch // len(self._parts))
        chosen = np.concatenate([self._drawn(part, i, step, count) for i, part in enumerate(self._parts)])
        batch = self.pictures.batch(chosen)
        if self.recipe.flip:
            mirrored = np.random.default_rng((self.recipe.seed, step, 1)).random(len(chosen)) < 0.5
            batch.pictures[mirrored] = batch.pictures[mirrored].flip(3)
        return batch

    def _drawn(self, part: NDArray[np.intp], number: int, step: int, count: int) -> NDArray[np.intp]:
        places = np.arange(step * count, (step + 1) * count)
        epochs = places // len(part)
        drawn = [self._order(part, number, epoch)[places[epochs == epoch] % len(part)] for epoch in np.unique(epochs)]
        return np.concatenate(drawn)

    def _order(self, part: NDArray[np.intp], number: int, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng((self.recipe.seed, epoch, number + 2)).permutation(part)
