"""Spectrally normalised residual GAN (Miyato et al. 2018): every linear map of the discriminator is 1-Lipschitz."""

import itertools

import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.networks import halvings, stage_widths, with_spectral_norm


class Generator(nn.Module):
    """Latents [n, latent] to pictures in −1…1 through residual stages that double the side."""

    def __init__(self, size: int, channels: int, latent: int, width: int) -> None:
        super().__init__()
        _, self.side = halvings(size)
        widths = stage_widths(size, width)[::-1]
        self.widest = widths[0]
        self.project = nn.Linear(latent, self.widest * self.side**2)
        self.stages = nn.Sequential(
            *(UpBlock(h, t) for h, t in zip(widths, [*widths[1:], width], strict=True))
        )
        self.paint = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, channels, 3, padding=1), nn.Tanh()
        )

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        start = self.project(latents).view(-1, self.widest, self.side, self.side)
        return self.paint(self.stages(start))


class Discriminator(nn.Module):
    """Pictures to one output each, under spectral normalisation."""

    def __init__(self, size: int, channels: int, width: int) -> None:
        super().__init__()
        widths = stage_widths(size, width)
        blocks = [DownBlock(h, t) for h, t in itertools.pairwise(widths)]
        self.stages = nn.Sequential(DownBlock(channels, widths[0], first=True), *blocks, nn.ReLU())
        self.head = nn.Linear(widths[-1], 1)
        with_spectral_norm(self)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.head(self.features(pictures)).flatten()

    def features(self, pictures: Tensor) -> Tensor:
        """The last map, summed over the picture as in the paper, [n, channels]."""
        return self.stages(pictures).sum((2, 3))

    def places(self, pictures: Tensor) -> Tensor:
        """What each place of the last map adds to the output, [n, h, w]; with the head's bias they are the output."""
        return (self.stages(pictures) * self.head.weight[0, :, None, None]).sum(1)


class UpBlock(nn.Module):
    """Residual: normalise, double the side, convolve twice."""

    def __init__(self, here: int, there: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(here), nn.BatchNorm2d(there)
        self.conv1 = nn.Conv2d(here, there, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(there, there, 3, padding=1)
        self.skip = nn.Conv2d(here, there, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv1(F.interpolate(F.relu(self.norm1(x)), scale_factor=2))
        inner = self.conv2(F.relu(self.norm2(inner)))
        # A 1 × 1 convolution and nearest-neighbour doubling commute: convolved first, it costs a quarter.
        return inner + F.interpolate(self.skip(x), scale_factor=2)


class DownBlock(nn.Module):
    """Residual: convolve twice, halve the side by averaging. The first block sees pixels, which need no ReLU."""

    def __init__(self, here: int, there: int, first: bool = False) -> None:
        super().__init__()
        self.first = first
        self.conv1 = nn.Conv2d(here, there, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(there, there, 3, padding=1, bias=False)
        self.skip = nn.Conv2d(here, there, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv1(x if self.first else F.relu(x))
        inner = F.avg_pool2d(self.conv2(F.relu(inner)), 2)
        return inner + self.skip(F.avg_pool2d(x, 2))
