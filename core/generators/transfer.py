"""From a trained run to a new set: start where it ended, and hold still what needs no learning again.

fine-tune   all weights go on learning (Wang et al. 2018)
freeze-D    the first stages of the discriminator stay as they are: edges are edges everywhere (Mo et al. 2020)
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from core.errors import WeightsRefused
from core.generators.model import Model, bare
from core.training import checkpoints


def start_from(model: Model, run: Path) -> dict[str, int]:
    """Gives `model` the weights of another run; returns how many tensors each network took over.

    Between colour and grey the layers that touch pixels are converted; what has another shape otherwise stays as it
    was. WeightsRefused where nothing fits.
    """
    found = checkpoints.load(run)
    if found is None:
        raise WeightsRefused("no_weights", f"{run} has no checkpoint to start from.")
    tensors, _ = found
    taken = {name: _take(bare(net), tensors.get(f"{name} network", {})) for name, net in model.networks.items()}
    if not any(taken.values()):
        raise WeightsRefused("no_weights", f"Nothing in {run} fits a {model.recipe.model} of this size.")
    for name, average in model.averages.items():
        average.network.load_state_dict(bare(model.networks[name]).state_dict())
    return taken


def freeze(network: nn.Module, share: float) -> list[str]:
    """Stops the learning of the first `share` of a network's weights, in the order of its layers; their names."""
    weights = list(network.named_parameters())
    held = weights[: round(len(weights) * share)]
    for _, weight in held:
        weight.requires_grad_(False)
    return [name for name, _ in held]


def _take(network: nn.Module, theirs: dict[str, Tensor]) -> int:
    ours = network.state_dict()
    fitted = {name: _fitted(network, name, theirs[name], ours[name]) for name in ours if name in theirs}
    chosen = {name: value for name, value in fitted.items() if value is not None}
    network.load_state_dict(chosen, strict=False)
    return len(chosen)


def _fitted(network: nn.Module, name: str, theirs: Tensor, ours: Tensor) -> Tensor | None:
    """`theirs` in the shape of `ours`; None where more differs than three colours from one."""
    if theirs.shape == ours.shape:
        return theirs
    if theirs.dim() != ours.dim():
        return None
    axes = [axis for axis in range(ours.dim()) if theirs.shape[axis] != ours.shape[axis]]
    if len(axes) != 1 or {theirs.shape[axes[0]], ours.shape[axes[0]]} != {1, 3}:
        return None
    return _recoloured(theirs, axes[0], to_grey=ours.shape[axes[0]] == 1, reads=_reads_pixels(network, name, axes[0]))


def _recoloured(weights: Tensor, axis: int, to_grey: bool, reads: bool) -> Tensor:
    """A layer that reads pixels answers a grey picture as before; one that writes them writes the same brightness."""
    if to_grey:
        return weights.sum(axis, keepdim=True) if reads else weights.mean(axis, keepdim=True)
    thrice = torch.cat([weights] * 3, axis)
    return thrice / 3 if reads else thrice


def _reads_pixels(network: nn.Module, name: str, axis: int) -> bool:
    """Whether `axis` of this weight counts what comes in. Under spectral normalisation names are longer."""
    place = name.split(".parametrizations", maxsplit=1)[0] if ".parametrizations" in name else name.rpartition(".")[0]
    return axis == 1 and isinstance(network.get_submodule(place), nn.Conv2d)
