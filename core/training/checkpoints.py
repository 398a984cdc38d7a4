"""A checkpoint: everything that a run needs to go on as if it had not been broken off.

Tensors are safetensors, the rest JSON; both are written beside the old ones and then renamed over them, the JSON
last, so that a kill at any moment leaves a whole checkpoint behind.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

State = dict[str, Any]


def save(folder: Path, tensors: dict[str, dict[str, Tensor]], state: State) -> None:
    """Keeps named state dicts of tensors, and `state` of plain JSON types."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = {
        f"{part}/{name}": value.contiguous()
        for part, values in tensors.items()
        for name, value in values.items()
    }
    name = f"step-{state['step']}.safetensors"
    save_file(flat, folder / name)
    replace(folder / "checkpoint.json", json.dumps({**state, "tensors": name}, indent=1))
    for old in folder.glob("step-*.safetensors"):
        if old.name != name:
            old.unlink()


def load(folder: Path) -> tuple[dict[str, dict[str, Tensor]], State] | None:
    """The last checkpoint in `folder`, or None where there is none yet."""
    table = folder / "checkpoint.json"
    if not table.is_file():
        return None
    state = json.loads(table.read_text())
    tensors: dict[str, dict[str, Tensor]] = {}
    for key, value in load_file(folder / state.pop("tensors")).items():
        part, name = key.split("/", 1)
        tensors.setdefault(part, {})[name] = value
    return tensors, state


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's moments by parameter number."""
    moments = optimizer.state_dict()["state"]
    return {f"{i}.{name}": value for i, values in moments.items() for name, value in values.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """The opposite of `optimizer_tensors`."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        moments.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def replace(path: Path, text: str) -> None:
    """Writes a small file whole or not at all."""
    beside = path.with_suffix(".part")
    beside.write_text(text)
    beside.replace(path)
