"""Class activation maps."""

import torch
import torch.nn.functional as F
from torch import Tensor


def class_activation(features: Tensor, weight: Tensor, size: int) -> Tensor:
    """Grad-CAM of a network that ends in global average pooling and one linear layer.

    Selvaraju et al. 2017, "Grad-CAM": each channel is weighted by the mean gradient of the logit with respect to
    it, and the negative part is cut off. Behind average pooling that gradient is the linear layer's own weight
    (divided by the number of positions), so no backward pass is needed (Zhou et al. 2016, "CAM").

    `features` [n, channels, h, w] and `weight` [channels] give [n, size, size] in 0–1, each map scaled to its maximum.
    """
    evidence = F.relu(torch.einsum("nchw,c->nhw", features, weight))
    grown = F.interpolate(evidence[:, None], size=(size, size), mode="bicubic", align_corners=False)[
        :, 0
    ].clamp(min=0)
    peak = grown.amax(dim=(1, 2), keepdim=True)
    return grown / peak.clamp(min=torch.finfo(grown.dtype).tiny)
