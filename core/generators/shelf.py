"""From a folder to a generator that can be sampled: that of a run, or one that ships.

A run      its last checkpoint, from which it can also go on learning
A shipped  the averaged networks alone, under the hash that its card names
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors.torch import load as from_bytes
from safetensors.torch import save_file
from torch import Tensor

from core.devices import Fabric, one_device
from core.errors import WeightsRefused
from core.generators.card import GeneratorCard
from core.generators.model import Model
from core.generators.recipe import Recipe
from core.generators.zoo import build
from core.training import checkpoints

CARD, WEIGHTS, GRID = "card.json", "weights.safetensors", "grid.png"


@dataclass(frozen=True)
class Facts:
    """What a folder says of its generator before anything is loaded."""

    recipe: Recipe
    steps: int
    seconds: float

    @property
    def shown(self) -> int:
        """Pictures that it learned from, repeats counted."""
        return self.steps * self.recipe.batch


def load(folder: Path, accelerator: str = "cpu", precision: str = "32-true") -> Model:
    """The generator in `folder`; WeightsRefused where there is none, or not the one of its card.

    `precision` "auto" is for many samples of a diffusion model: several times as fast where the device computes bf16.
    """
    fabric = one_device(accelerator, precision)
    if (folder / CARD).is_file():
        return _shipped(folder, fabric)
    found = checkpoints.load(folder)
    if found is None:
        raise _nothing_in(folder)
    tensors, state = found
    model = build(Recipe.model_validate(state["recipe"]), fabric)
    model.restore(tensors, state["step"])
    return model


def facts(folder: Path) -> Facts:
    """What `folder` holds; WeightsRefused where that is no generator."""
    if (folder / CARD).is_file():
        card = read_card(folder)
        return Facts(card.recipe, card.steps, card.seconds)
    place = folder / "checkpoint.json"
    if not place.is_file():
        raise _nothing_in(folder)
    state = json.loads(place.read_text(encoding="utf-8"))
    return Facts(Recipe.model_validate(state["recipe"]), state["step"], state["seconds"])


def read_card(folder: Path) -> GeneratorCard:
    """The card of a shipped generator; WeightsRefused where it does not say what a card must."""
    try:
        return GeneratorCard.model_validate_json((folder / CARD).read_text(encoding="utf-8"))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = f"The card of {folder.name} is not valid: see its field {field!r}."
        raise WeightsRefused("bad_card", message) from error


def put_weights(model: Model, folder: Path) -> str:
    """Writes what samples, and nothing that only learning needs; gives its SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: average.network.state_dict() for name, average in model.averages.items()}
    flat = {f"{name}/{key}": value.contiguous() for name, part in parts.items() for key, value in part.items()}
    save_file(flat, folder / WEIGHTS)
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _shipped(folder: Path, fabric: Fabric) -> Model:
    card = read_card(folder)
    place = folder / WEIGHTS
    data = place.read_bytes() if place.is_file() else b""  # read once: what is hashed is what is loaded
    if hashlib.sha256(data).hexdigest() != card.sha256:
        message = f"{WEIGHTS} of {folder.name} is not the one of its card. Restore both from the same release."
        raise WeightsRefused("wrong_hash", message)
    model, tensors = build(card.recipe, fabric), from_bytes(data)
    for name, average in model.averages.items():
        average.network.load_state_dict(_part(tensors, name))
    model.steps = card.steps
    return model


def _part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.split("/", 1)[1]: value for key, value in tensors.items() if key.startswith(f"{name}/")}


def _nothing_in(folder: Path) -> WeightsRefused:
    message = f"{folder} has no checkpoint. Train one with scripts.train_gan or scripts.train_diffusion."
    return WeightsRefused("no_weights", message)
