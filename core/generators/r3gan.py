"""A small R3GAN (Huang et al. 2024): modern residual blocks without any normalisation, a relativistic loss, R1 and R2.

Both networks are built of the same stages: bilinear resampling, then inverted bottlenecks with grouped convolutions.
Each block starts as the identity, and weights are scaled so that depth does not change a signal's size (Zhang et al.
2019), which is what normalisation would otherwise be for.
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.networks import halvings, stage_widths

SLOPE = 0.2
EXPANSION = 2
GROUP = 16  # channels a group
BLOCKS = 2  # a stage


class Generator(nn.Module):
    """Latents [n, latent] to pictures; the output is unbounded and aims at −1…1."""

    def __init__(self, size: int, channels: int, latent: int, width: int) -> None:
        super().__init__()
        count, side = halvings(size)
        widths = [*stage_widths(size, width)[::-1], width]
        self.project = _scaled(nn.Linear(latent, widths[0], bias=False), 1)
        self.basis = nn.Parameter(torch.randn(widths[0], side, side))
        stages: list[nn.Module] = _blocks(widths[0], count + 1)
        for here, there in itertools.pairwise(widths):
            stages += [Resample(here, there, 2.0), *_blocks(there, count + 1)]
        self.stages = nn.Sequential(*stages)
        self.paint = _scaled(nn.Conv2d(width, channels, 1, bias=False), 1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        start = self.project(latents)[:, :, None, None] * self.basis
        return self.paint(self.stages(start))


class Discriminator(nn.Module):
    """Pictures to one output each; only differences between outputs mean anything under a relativistic loss."""

    def __init__(self, size: int, channels: int, width: int) -> None:
        super().__init__()
        count, side = halvings(size)
        widths = [width, *stage_widths(size, width)]
        stages: list[nn.Module] = [_scaled(nn.Conv2d(channels, width, 1, bias=False), 1)]
        for here, there in itertools.pairwise(widths):
            stages += [*_blocks(here, count + 1), Resample(here, there, 0.5)]
        self.stages = nn.Sequential(*stages, *_blocks(widths[-1], count + 1))
        self.gather = _scaled(nn.Conv2d(widths[-1], widths[-1], side, groups=widths[-1], bias=False), 1)
        self.head = _scaled(nn.Linear(widths[-1], 1, bias=False), 1)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.head(self.features(pictures)).flatten()

    def features(self, pictures: Tensor) -> Tensor:
        """The last map, gathered to one vector a picture, [n, channels]."""
        return self.gather(self.stages(pictures)).flatten(1)

    def places(self, pictures: Tensor) -> Tensor:
        """What each place of the last map adds to the output, [n, h, w]; together they are the output."""
        return (self.stages(pictures) * self.gather.weight[:, 0] * self.head.weight[0, :, None, None]).sum(1)


class Block(nn.Module):
    """x plus an inverted bottleneck of x; the last convolution starts at zero."""

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        inner = width * EXPANSION
        self.expand = _scaled(nn.Conv2d(width, inner, 1), scale)
        self.mix = _scaled(nn.Conv2d(inner, inner, 3, padding=1, groups=max(1, inner // GROUP)), scale)
        self.reduce = nn.Conv2d(inner, width, 1, bias=False)
        nn.init.zeros_(self.reduce.weight)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.leaky_relu(self.expand(x), SLOPE)
        return x + self.reduce(F.leaky_relu(self.mix(inner), SLOPE))


class Resample(nn.Module):
    """Another number of channels and another side; the cheaper of the two orders."""

    def __init__(self, here: int, there: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.project = nn.Identity() if here == there else _scaled(nn.Conv2d(here, there, 1, bias=False), 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.scale > 1:
            return F.interpolate(self.project(x), scale_factor=self.scale, mode="bilinear")
        return self.project(F.avg_pool2d(x, round(1 / self.scale)))


def _blocks(width: int, stages: int) -> list[nn.Module]:
    """The blocks of one stage, scaled for a network of `stages` stages: L^(−1/(2m−2)), with m = 3 layers a branch."""
    return [Block(width, (stages * BLOCKS) ** (-1 / 4)) for _ in range(BLOCKS)]


def _scaled(layer: nn.Conv2d | nn.Linear, scale: float) -> nn.Conv2d | nn.Linear:
    """Weights that keep a signal's variance under the leaky ReLU (He et al. 2015), times `scale`."""
    fan_in = layer.weight[0].numel()
    gain = math.sqrt(2 / (1 + SLOPE**2))
    nn.init.normal_(layer.weight, 0, scale * gain / math.sqrt(fan_in))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
