"""Refinement in stages (StackGAN++, Zhang et al. 2017): a coarse picture, then a finer one from the same hidden maps.

One generator paints at both sizes, one discriminator judges each size, and the colours of the two are tied.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators import dcgan
from core.generators.penalties import Views
from core.generators.sngan import Generator as Trunk
from core.generators.sngan import UpBlock

MEAN_WEIGHT, COVARIANCE_WEIGHT, COLOUR_WEIGHT = 1.0, 5.0, 50.0  # as in the paper


class Generator(nn.Module):
    """Latents [n, latent] to two pictures: `size` / 2 first, then `size`."""

    def __init__(self, size: int, channels: int, latent: int, width: int) -> None:
        super().__init__()
        self.coarse = Trunk(size // 2, channels, latent, width)
        self.join = nn.Conv2d(width + latent, width, 3, padding=1)
        self.refine = UpBlock(width, width)
        self.paint = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, channels, 3, padding=1), nn.Tanh()
        )

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Views:
        trunk = self.coarse
        start = trunk.project(latents).view(-1, trunk.widest, trunk.side, trunk.side)
        hidden = trunk.stages(start)
        everywhere = latents[:, :, None, None].expand(-1, -1, *hidden.shape[2:])
        finer = self.refine(hidden + self.join(torch.cat([hidden, everywhere], 1)))
        return trunk.paint(hidden), self.paint(finer)


class Discriminator(nn.Module):
    """Both pictures to logits [2n], those of the coarse ones first."""

    def __init__(self, size: int, channels: int, width: int) -> None:
        super().__init__()
        self.coarse = dcgan.Discriminator(size // 2, channels, width)
        self.fine = dcgan.Discriminator(size, channels, width)

    def forward(self, coarse: Tensor, fine: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.cat([self.coarse(coarse), self.fine(fine)])

    def features(self, pictures: Tensor) -> Tensor:
        """Those of the discriminator at full size."""
        return self.fine.features(pictures)


def views(pictures: Tensor) -> Views:
    """A real picture at both sizes."""
    return F.avg_pool2d(pictures, 2), pictures


def colour_loss(views: Views) -> Tensor:
    """What ties the colours of the two sizes, as it stands in the generator's loss."""
    return COLOUR_WEIGHT * colour_difference(*views)


def colour_difference(coarse: Tensor, fine: Tensor) -> Tensor:
    """How far the means and covariances of the colours of two versions of a picture lie apart, mean over pictures."""
    (mean1, spread1), (mean2, spread2) = (_colours(pictures) for pictures in (coarse, fine))
    means = (mean1 - mean2).square().sum(1)
    spreads = (spread1 - spread2).square().sum((1, 2))
    return (MEAN_WEIGHT * means + COVARIANCE_WEIGHT * spreads).mean()


def _colours(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [n, c] and covariance [n, c, c] of the pixels of each picture."""
    pixels = pictures.flatten(2)
    mean = pixels.mean(2)
    centred = pixels - mean[:, :, None]
    return mean, centred @ centred.transpose(1, 2) / pixels.shape[2]
