"""Recipes and pictures small enough for tests."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from threadpoolctl import threadpool_limits

from core.devices import Fabric, one_device
from core.generators.model import Batch
from core.generators.recipe import Recipe


def tiny(model: str = "dcgan", **changes: Any) -> Recipe:
    """A recipe of the smallest networks that the model has."""
    plan: dict[str, Any] = {"name": "tiny", "model": model, "size": 32, "latent": 8, "width": 8, "batch": 4}
    plan |= {"loss": LOSSES.get(model, "bce"), "classes": CLASSES.get(model, 0)}
    plan |= {"stackgan": {"size": 64}, "ddpm": {"diffusion": {"sampling_steps": 3}}}.get(model, {})
    return Recipe.model_validate(plan | changes)


LOSSES = {"wgan": "wasserstein", "wgan_gp": "wasserstein", "sngan": "hinge", "r3gan": "relativistic"}
CLASSES = {"conditional": 7, "cyclegan": 2}


def pictures(recipe: Recipe, n: int = 4, seed: int = 0) -> Batch:
    """Smooth random pictures, in classes that take turns."""
    coarse = torch.randn(n, recipe.channels, 4, 4, generator=torch.Generator().manual_seed(seed))
    smooth = torch.nn.functional.interpolate(coarse, (recipe.size,) * 2, mode="bilinear").tanh()
    return Batch(smooth, torch.arange(n) % recipe.classes if recipe.classes else None)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are too small to share: threads that wait for each other on busy cores take many times longer."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):  # NumPy's
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def fabric() -> Fabric:
    """One process on the CPU in full precision."""
    return one_device()
