"""Ways from one sample to the next through the noise that they are made of."""

import itertools

import torch
from torch import Tensor

NEARLY_PARALLEL = 1e-4  # radians: below it the sphere is flat


def between(start: Tensor, end: Tensor, share: float) -> Tensor:
    """The point at `share` of the way on the great circle (Shoemake 1985; White 2016).

    Straight lines would pass nearer to the middle than any normal noise lies.
    """
    a, b = start.flatten(), end.flatten()
    angle = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if angle < NEARLY_PARALLEL:
        return torch.lerp(start, end, share)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)


def walk(stations: Tensor, steps: int) -> Tensor:
    """Noise [(n − 1) · steps + 1, …] from the first station to the last, `steps` from each to the next."""
    shares = [i / steps for i in range(steps)]
    way = [between(a, b, s) for a, b in itertools.pairwise(stations) for s in shares]
    return torch.stack([*way, stations[-1]])
