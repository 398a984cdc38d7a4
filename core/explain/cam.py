"""Class activation maps: where a network's logit came from, read off the gradients at one of its layers.

Grad-CAM   Selvaraju et al. 2017: channels weighed by their mean gradient
HiResCAM   Draelos and Carin 2020: each place by its own gradient
LayerCAM   Jiang et al. 2021: the same, of gradients that raise the logit alone

They need no head that was taught where, and are what the mask head is measured against.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.detectors.networks import Panel

AT_ONCE = 16  # crops

Cam = Callable[[Tensor, Tensor], Tensor]  # activations and gradients [n, channels, h, w] give maps [n, h, w]


def grad_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Σ over channels of the mean gradient × activation, where it is positive."""
    return (gradients.mean((2, 3), keepdim=True) * activations).sum(1).relu()


def hires_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Σ over channels of gradient × activation, where it is positive."""
    return (gradients * activations).sum(1).relu()


def layer_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Σ over channels of positive gradient × activation, where it is positive."""
    return (gradients.relu() * activations).sum(1).relu()


CAMS: dict[str, Cam] = {"Grad-CAM": grad_cam, "HiResCAM": hires_cam, "LayerCAM": layer_cam}


def traced(logits_of: Callable[[Tensor], Tensor], reader: nn.Module, crops: Tensor) -> tuple[Tensor, Tensor]:
    """What goes into `reader` while `logits_of` looks at `crops`, and the gradient of each crop's logit there.

    The network must be in evaluation mode, so that no crop's logit hangs on another's.
    """
    seen: list[Tensor] = []
    hook = reader.register_forward_pre_hook(lambda _reader, given: seen.append(given[0]))
    try:
        logits = logits_of(crops)
    finally:
        hook.remove()
    (gradients,) = torch.autograd.grad(logits.sum(), seen[0])
    return seen[0].detach(), gradients


def cams(
    logits_of: Callable[[Tensor], Tensor], reader: nn.Module, crops: NDArray[np.uint8]
) -> dict[str, NDArray[np.float32]]:
    """The maps of every method, [n, h, w], each between 0 and 1; zero where nothing raises the logit."""
    parts: dict[str, list[Tensor]] = {name: [] for name in CAMS}
    for start in range(0, len(crops), AT_ONCE):
        trace = traced(logits_of, reader, torch.from_numpy(crops[start : start + AT_ONCE]))
        for name, cam in CAMS.items():
            parts[name].append(_within_one(cam(*trace)))
    return {name: torch.cat(maps).numpy() for name, maps in parts.items()}


def of_panel(panel: Panel, crops: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """The maps of crops [n, size, size, 3] at the stage from which the panel's mask head reads, [n, h, w]: those of the
    expert that draws it."""
    panel.eval()
    return cams(lambda given: panel(given, torch.tensor(False))[0], panel.experts[0].get_submodule("mask_head"), crops)


def _within_one(maps: Tensor) -> Tensor:
    return maps / maps.amax((1, 2), keepdim=True).clamp(min=torch.finfo(maps.dtype).tiny)
