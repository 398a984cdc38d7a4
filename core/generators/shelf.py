"""From the folder of a run to a generator that can be sampled."""

from pathlib import Path

from core.errors import WeightsRefused
from core.generators.devices import one_device
from core.generators.model import Model
from core.generators.recipe import Recipe
from core.generators.zoo import build
from core.training import checkpoints


def load(run: Path, accelerator: str = "cpu") -> Model:
    """The model as of the last checkpoint of `run`; WeightsRefused where there is none."""
    found = checkpoints.load(run)
    if found is None:
        message = f"{run} has no checkpoint. Train one with scripts.train_gan or scripts.train_diffusion."
        raise WeightsRefused("no_weights", message)
    tensors, state = found
    model = build(Recipe.model_validate(state["recipe"]), one_device(accelerator))
    model.restore(tensors, state["step"])
    return model
