"""What the networks of several models share: sizes, initial weights, spectral normalisation."""

import copy

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

LEAST, MOST = 32, 256  # side of a picture, px
WIDEST = 8  # no layer has more channels than this times the model's width


def halvings(size: int) -> tuple[int, int]:
    """How often a picture of `size` px is halved, and the side that is left (64 → 4 times, 4 px).

    ValueError where the side is not a multiple of 16 from 32 to 256.
    """
    if not LEAST <= size <= MOST or size % 16:
        raise ValueError(f"Pictures can have {LEAST} to {MOST} px in steps of 16, not {size}.")
    count, side = 0, size
    while side > 4 and side % 2 == 0:
        count, side = count + 1, side // 2
    return count, side


def stage_widths(size: int, width: int) -> list[int]:
    """Channels from the finest stage to the coarsest: width, twice that, … up to eight times."""
    count, _ = halvings(size)
    return [width * min(WIDEST, 2**stage) for stage in range(count)]


def dcgan_weights(module: nn.Module) -> None:
    """Weights around 0, those of batch normalisation around 1, with a deviation of 0.02 (Radford et al. 2016)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
        nn.init.zeros_(module.bias)


def with_spectral_norm(network: nn.Module) -> nn.Module:
    """Divides the weights of every linear map by its largest singular value (Miyato et al. 2018)."""
    for module in network.modules():
        normalised = "weight" in getattr(module, "parametrizations", {})
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding) and not normalised:
            spectral_norm(module)
    return network


def settled(network: nn.Module) -> nn.Module:
    """A copy for use, not for learning: its weights are what spectral normalisation makes of them now."""
    network = copy.deepcopy(network).eval().requires_grad_(False)
    for module in network.modules():
        if is_parametrized(module, "weight"):
            remove_parametrizations(module, "weight")
    return network


class AsPicture(nn.Module):
    """Vectors [n, c] as pictures of one pixel, [n, c, 1, 1]."""

    def forward(self, vectors: Tensor) -> Tensor:
        return vectors[:, :, None, None]
