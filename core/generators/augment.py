"""Differentiable augmentation (Zhao et al. 2020): both real and fake pictures are altered before they are judged.

The generator learns through the alteration, so it does not learn to make altered pictures; the discriminator can't
learn a small set by heart. Pictures are [n, channels, side, side] in −1…1.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SHIFT = 1 / 8  # of the side, at most, either way
HOLE = 1 / 2  # side of the hole, as a share


def augmented(pictures: Tensor, steps: Sequence[str]) -> Tensor:
    """`pictures` after the named steps, each picture altered on its own."""
    for step in steps:
        pictures = STEPS[step](pictures)
    return pictures


def colour(pictures: Tensor) -> Tensor:
    """Brightness by up to ± 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5."""
    pictures = pictures + _uniform(pictures, -0.5, 0.5)
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * _uniform(pictures, 0, 2)
    middle = pictures.mean((1, 2, 3), keepdim=True)
    return middle + (pictures - middle) * _uniform(pictures, 0.5, 1.5)


def translation(pictures: Tensor) -> Tensor:
    """Shifted by up to an eighth of the side, zeros coming in."""
    side = pictures.shape[-1]
    most = max(1, round(side * SHIFT))
    down, right = (_integers(pictures, 2 * most + 1) for _ in range(2))
    wide = F.pad(pictures, [most] * 4).permute(0, 2, 3, 1)
    places = torch.arange(side, device=pictures.device)
    each = torch.arange(len(pictures), device=pictures.device)[:, None, None]
    moved = wide[each, (down + places)[:, :, None], (right + places)[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def cutout(pictures: Tensor) -> Tensor:
    """A square of half the side set to zero, anywhere, also half outside."""
    side = pictures.shape[-1]
    hole = round(side * HOLE)
    places = torch.arange(side, device=pictures.device)
    down, right = (_integers(pictures, side + 1) - hole // 2 for _ in range(2))
    rows, columns = ((start <= places) & (places < start + hole) for start in (down, right))
    return pictures.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


def _uniform(like: Tensor, low: float, high: float) -> Tensor:
    return torch.rand(len(like), 1, 1, 1, device=like.device) * (high - low) + low


def _integers(like: Tensor, below: int) -> Tensor:
    return torch.randint(below, (len(like), 1), device=like.device)


STEPS: dict[str, Callable[[Tensor], Tensor]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
}
