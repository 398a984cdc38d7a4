"""Endless batches of real–fake pairs. Both members of a pair go through the same light, codec and final crop."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from core.training.autoencoders import Repaint
from core.training.degrade import degraded
from core.training.exchanges import SPOKEN, SWAPPED, exchanged, shape_distance
from core.training.face_sets import FaceSet
from core.training.fakes import Mask, Pair, self_blend
from core.training.reconstructions import reconstruction

Draw = Callable[[Generator], Pair]

MASK_STRIDE = 16
MARGINS = (
    -0.02,
    0.2,
)  # of the final crop; tight ones too, so that a source that is always tight does not stand out
DIFFERENCE = 0.05  # of full scale: above it two aligned pixels differ by more than compression
CANDIDATES = 24  # drawn for each exchanged face; the nearest in pose is taken
NEAREST = 0.5  # chance that a fake without an original is paired with a real of its own source
UNTOUCHED = 0.01  # share of the picture; labels are per clip, so some "fake" frames show no manipulation


@dataclass(frozen=True)
class Batch:
    """2n crops, reals first: `crops` uint8 [2n, 3, size, size], `labels` float [2n], `masks` float
    [2n, size / 16, size / 16] and `mask_known` bool [2n]."""

    crops: Tensor
    labels: Tensor
    masks: Tensor
    mask_known: Tensor


class PairStream(IterableDataset[Batch]):
    """Batches whose make-up is fixed: `shares` says how many pairs of each batch each source draws.

    Batch number k is a function of (seed, k) alone, so a run that resumes at step k goes on as if unbroken. Of several
    processes that learn side by side each takes its own batch in a step: with two, 2k and 2k + 1.
    """

    def __init__(
        self,
        sources: dict[str, Draw],
        shares: dict[str, int],
        size_at: Callable[[int], int],
        seed: int,
        start: int,
        wear: float = 1.0,
        place: tuple[int, int] = (0, 1),
    ) -> None:
        """`size_at` gives the side of the crops of a step, px; `wear` is how often pictures are worn (`degraded`);
        `place`: the number of this process, and of how many."""
        self.sources, self.shares, self.size_at = sources, shares, size_at
        self.seed, self.start, self.wear, self.place = seed, start, wear, place

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        offset, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        cv2.setNumThreads(1)
        step = self.start + offset
        while True:
            yield self.batch(step)
            step += stride

    def batch(self, step: int) -> Batch:
        """The batch of step number `step`."""
        rank, processes = self.place
        rng = np.random.default_rng((self.seed, step * processes + rank))
        pairs = [self.sources[name](rng) for name, count in self.shares.items() for _ in range(count)]
        return _collate([_finished(pair, self.size_at(step), self.wear, rng) for pair in pairs])


def self_blended(faces: FaceSet) -> Draw:
    """Pairs by self-blending the real faces of the train split."""
    choose = _balanced(faces, faces.where(label="real", split="train"), by="dataset")

    def draw(rng: Generator) -> Pair:
        i = choose(rng)
        return self_blend(faces.images[i], faces.landmarks[i], rng)

    return draw


def aligned(faces: FaceSet) -> Draw:
    """Real forgeries with the original of the same frame; their difference is the mask."""
    rows = faces.rows[(faces.rows["split"] == "train") & (faces.rows["pair"] != "")]
    pairs = [(g.index[g["label"] == "real"], g.index[g["label"] == "fake"]) for _, g in rows.groupby("pair")]
    pairs = [(reals[0], fakes) for reals, fakes in pairs if len(reals) and len(fakes)]

    def draw(rng: Generator) -> Pair:
        while True:
            real, fakes = pairs[rng.integers(len(pairs))]
            original, forged = faces.images[real], faces.images[rng.choice(fakes)]
            mask = difference_mask(original, forged)
            if mask.mean() > UNTOUCHED:
                return Pair(original, forged, mask)

    return draw


def unaligned(faces: FaceSet) -> Draw:
    """A fake, and half the time a real of the same group where there is one, else of the same data set; else any real.

    The nearest real shares the fake's look. Any real teaches that no source's look is a sign.
    """
    choose_fake = _balanced(faces, faces.where(label="fake", split="train"), by="method")
    reals = faces.where(label="real", split="train")
    in_group, in_dataset = (_choosers(faces, reals, column) for column in ("group", "dataset"))
    choose_any = _balanced(faces, reals, by="dataset")

    def draw(rng: Generator) -> Pair:
        fake = choose_fake(rng)
        row = faces.rows.iloc[fake]
        nearest = in_group.get(row["group"]) or in_dataset.get(row["dataset"]) or choose_any
        choose = nearest if rng.random() < NEAREST else choose_any
        return Pair(faces.images[choose(rng)], faces.images[fake], None)

    return draw


def across(fakes: FaceSet, reals: FaceSet) -> Draw:
    """A fake of one set beside a real of another, for sets that have one label only."""
    choose_fake = _balanced(fakes, fakes.where(label="fake", split="train"), by="method")
    choose_real = _balanced(reals, reals.where(label="real", split="train"), by="dataset")

    def draw(rng: Generator) -> Pair:
        return Pair(reals.images[choose_real(rng)], fakes.images[choose_fake(rng)], None)

    return draw


def swapped(faces: FaceSet) -> Draw:
    """Real faces of the train split that wear another person's, of about the same pose and expression."""
    reals = faces.where(label="real", split="train")
    choose = _balanced(faces, reals, by="dataset")
    groups = faces.rows["group"].to_numpy()

    def draw(rng: Generator) -> Pair:
        while True:  # a function that calls itself would keep the pictures until the garbage is collected
            target = choose(rng)
            others = rng.choice(reals, CANDIDATES)
            others = others[groups[others] != groups[target]]
            if len(others):
                return _exchange(faces, target, others, SWAPPED, rng)

    return draw


def lip_synced(faces: FaceSet) -> Draw:
    """Real faces of the train split that speak with the mouth of another moment of their clip."""
    reals = faces.where(label="real", split="train")
    files = faces.rows["file"].to_numpy()
    of_file = {name: part.index.to_numpy() for name, part in faces.rows.iloc[reals].groupby("file")}
    moving = reals[[len(of_file[name]) > 1 for name in files[reals]]]
    choose = _balanced(faces, moving, by="dataset")

    def draw(rng: Generator) -> Pair:
        target = choose(rng)
        moments = of_file[files[target]]
        moment = rng.choice(moments[moments != target], 1)
        return _exchange(faces, target, moment, SPOKEN, rng)

    return draw


def reconstructed(faces: FaceSet, bank: Sequence[Repaint]) -> Draw:
    """Real faces of the train split beside what one of the autoencoders gives back of them."""
    choose = _balanced(faces, faces.where(label="real", split="train"), by="dataset")

    def draw(rng: Generator) -> Pair:
        i = choose(rng)
        return reconstruction(faces.images[i], faces.landmarks[i], bank[int(rng.integers(len(bank)))], rng)

    return draw


def _exchange(
    faces: FaceSet, target: int, candidates: NDArray[np.intp], regions: tuple[str, ...], rng: Generator
) -> Pair:
    """`target` with a region of the candidate that is nearest in pose."""
    distances = shape_distance(faces.landmarks[target], faces.landmarks[candidates])
    source = candidates[int(distances.argmin())]
    face, other = ((faces.images[i], faces.landmarks[i]) for i in (target, source))
    return exchanged(face, other, regions, rng)


def difference_mask(real: NDArray[np.uint8], fake: NDArray[np.uint8]) -> Mask:
    """Where two aligned pictures differ by more than compression noise, closed to regions."""
    gap = cv2.absdiff(real, fake).max(axis=2).astype(np.float32) / 255
    touched = (cv2.GaussianBlur(gap, (0, 0), 4) > DIFFERENCE).astype(np.float32)
    return cv2.GaussianBlur(touched, (0, 0), 3)


def _choosers(
    faces: FaceSet, positions: NDArray[np.intp], column: str
) -> dict[str, Callable[[Generator], int]]:
    """For each value of `column`, a function that draws among the `positions` that have it."""
    values = faces.rows[column].iloc[positions].to_numpy()
    return {value: _balanced(faces, positions[values == value], by="dataset") for value in np.unique(values)}


def _balanced(faces: FaceSet, positions: NDArray[np.intp], by: str) -> Callable[[Generator], int]:
    """Draws a value of column `by`, one of its groups, one of its faces.

    Values are drawn by the square root of their number of groups: between the many people of one large source and
    the few of many small ones.
    """
    parts = [part for _, part in faces.rows.iloc[positions].groupby(by)]
    tree = [[g.index.to_numpy() for _, g in part.groupby("group")] for part in parts]
    weights = np.sqrt([len(groups) for groups in tree])
    bounds = np.cumsum(weights / weights.sum())

    def choose(rng: Generator) -> int:
        groups = tree[int(np.searchsorted(bounds[:-1], rng.random()))]
        return int(rng.choice(groups[rng.integers(len(groups))]))

    return choose


def _finished(pair: Pair, size: int, wear: float, rng: Generator) -> Pair:
    real, fake = degraded([pair.real, pair.fake], rng, wear)
    matrix = _final_crop(real.shape[0], size, rng)
    real, fake = (
        cv2.warpAffine(i, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE) for i in (real, fake)
    )
    mask = None if pair.mask is None else cv2.warpAffine(pair.mask, matrix, (size, size))
    return Pair(real, fake, mask)


def _final_crop(side: int, size: int, rng: Generator) -> NDArray[np.float64]:
    """A square about the centre with a random margin, turn, shift and mirror, the same for both of a pair."""
    share = (1 + 2 * rng.uniform(*MARGINS)) / (1 + 2 * MARGINS[1])
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-6, 6), size / (side * share))
    matrix[:, 2] += size / 2 - side / 2 + rng.uniform(-0.02, 0.02, 2) * size
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += size - 1
    return matrix


def _collate(pairs: list[Pair]) -> Batch:
    size = pairs[0].real.shape[0] // MASK_STRIDE
    crops = np.stack([p.real for p in pairs] + [p.fake for p in pairs])
    fake_masks = [
        np.zeros((size, size), np.float32) if p.mask is None else _shrunk(p.mask, size) for p in pairs
    ]
    masks = np.stack([np.zeros((size, size), np.float32)] * len(pairs) + fake_masks)
    known = [True] * len(pairs) + [p.mask is not None for p in pairs]
    return Batch(
        crops=torch.from_numpy(crops).permute(0, 3, 1, 2),
        labels=torch.tensor([0.0] * len(pairs) + [1.0] * len(pairs)),
        masks=torch.from_numpy(masks),
        mask_known=torch.tensor(known),
    )


def _shrunk(mask: Mask, size: int) -> Mask:
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)
