"""What training, sampling and measuring ask of any generator, and the part of it that all of them share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from core.generators.averaging import Average
from core.generators.recipe import Recipe
from core.generators.schedules import factor
from core.training import checkpoints

Tensors = dict[str, dict[str, Tensor]]


@dataclass(frozen=True)
class Batch:
    """`pictures` [n, channels, size, size] in −1…1 and their classes [n] where they have any."""

    pictures: Tensor
    labels: Tensor | None = None


class Model(ABC):
    """A generator with all that trains it.

    Step number k depends on the weights, the batch and torch's random state alone, and `tensors` holds all the rest.
    """

    def __init__(self, recipe: Recipe, fabric: Fabric, planned: int) -> None:
        """`planned`: steps that the run is meant to take; schedules stretch over them."""
        self.recipe, self.fabric, self.planned = recipe, fabric, planned
        self.networks: dict[str, nn.Module] = {}
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.averages: dict[str, Average] = {}
        self.steps = 0

    @abstractmethod
    def noise(self, n: int, seed: int) -> Tensor:
        """What `n` samples are made of, the first axis counting them; the same for the same seed on any device."""

    @abstractmethod
    def decode(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures [n, channels, size, size] in −1…1 made of `noise` by the averaged weights; the same each time."""

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """What each side would minimise on `batch`, as it stands; learns nothing."""

    @abstractmethod
    def step(self, batch: Batch) -> dict[str, float]:
        """Learns from one batch; returns what is worth plotting."""

    def sample(self, n: int, seed: int, truncation: float = 1.0) -> Tensor:
        """`n` pictures, on the CPU. `truncation` < 1 draws nearer to the middle: less varied, more typical."""
        return self.decode(self.noise(n, seed) * truncation).cpu()

    @property
    def done(self) -> float:
        """The share of the planned run that lies behind, 0–1."""
        return min(1.0, self.steps / self.planned)

    def add(self, name: str, network: nn.Module, rate: float) -> Any:
        """Puts `network` on the device under an optimizer of its own, and returns what to call it by."""
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        optimizer = self._optimizer(network, rate)
        self.networks[name], self.optimizers[name] = self.fabric.setup(network, optimizer)
        return self.networks[name]

    def averaged(self, name: str) -> Average:
        """Starts the moving average of the network called `name`."""
        self.averages[name] = Average(bare(self.networks[name]), self.recipe.stabilisers.ema)
        return self.averages[name]

    def learn(self, name: str, loss: Tensor) -> float:
        """One step of one network down `loss`; returns the gradient's norm before clipping."""
        self.optimizers[name].zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        return self.take_step(name)

    def take_step(self, name: str) -> float:
        """One step of one network along the gradients it has; returns their norm before clipping."""
        network, optimizer, rates = self.networks[name], self.optimizers[name], self.recipe.rates
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor(rates.schedule, self.done, rates.warmup)
        # A gradient that is not finite is for the watch to see: it ends the run with a sentence.
        norm = self.fabric.clip_gradients(
            network, optimizer, max_norm=self.recipe.stabilisers.clip_norm or math.inf, error_if_nonfinite=False
        )
        optimizer.step()
        return float(norm if norm is not None else math.nan)

    def tensors(self) -> Tensors:
        """All that a checkpoint keeps beside the number of steps."""
        kept = {f"{name} network": dict(bare(network).state_dict()) for name, network in self.networks.items()}
        kept |= {f"{name} average": dict(a.network.state_dict()) for name, a in self.averages.items()}
        kept |= {f"{name} optimizer": checkpoints.optimizer_tensors(o) for name, o in self.optimizers.items()}
        return kept

    def restore(self, tensors: Tensors, steps: int) -> None:
        """The opposite of `tensors`."""
        for name, network in self.networks.items():
            bare(network).load_state_dict(tensors[f"{name} network"])
        for name, average in self.averages.items():
            average.network.load_state_dict(tensors[f"{name} average"])
        for name, optimizer in self.optimizers.items():
            checkpoints.restore_optimizer(optimizer, tensors.get(f"{name} optimizer", {}))
        self.steps = steps

    def _optimizer(self, network: nn.Module, rate: float) -> torch.optim.Optimizer:
        rates = self.recipe.rates
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        groups = [{"params": weights, "lr": rate, "initial_lr": rate}]
        if rates.optimizer == "rmsprop":
            return torch.optim.RMSprop(groups)
        return torch.optim.Adam(groups, betas=rates.betas)


def bare(network: nn.Module) -> nn.Module:
    """The network without Fabric's cover: full precision, its own names."""
    inner = getattr(network, "module", network)
    assert isinstance(inner, nn.Module)
    return inner


def normal(shape: tuple[int, ...], seed: int) -> Tensor:
    """Standard normal numbers that depend on the seed alone: drawn on the CPU, whatever the device."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Lets gradients through `network` without computing those of its weights: a third of its backward pass."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)


def in_parts(n: int, most: int, make: Callable[[slice], Tensor]) -> Tensor:
    """`make` over 0…n in parts of at most `most`, put together: memory stays small."""
    return torch.cat([make(slice(start, min(n, start + most))) for start in range(0, n, most)])
