"""What a run writes about itself: metrics as JSON lines, TensorBoard curves, grids of samples."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from core.generators.marking import write_picture

LINES = "metrics.jsonl"


class Journal:
    """Opened at a step, it forgets what an earlier attempt wrote beyond it."""

    def __init__(self, folder: Path, step: int) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        kept = [line for line in read(folder) if line["step"] <= step]
        (folder / LINES).write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        self.history: list[dict[str, Any]] = kept
        self._board = SummaryWriter(str(folder), purge_step=step + 1)

    def figures(self, step: int, figures: dict[str, float]) -> None:
        """One line, and a point on each curve."""
        for name, value in figures.items():
            self._board.add_scalar(name, value, step)
        self._append({"step": step, **figures})

    def warning(self, step: int, text: str) -> None:
        """A line that says what looks wrong."""
        self._board.add_text("warning", text, step)
        self._append({"step": step, "warning": text})

    def grid(self, step: int, pictures: Tensor, says: str = "") -> None:
        """The pictures side by side, on the board and as grids/step-….png, which `says` that it is synthetic."""
        image = grid(pictures)
        self._board.add_image("samples", image, step, dataformats="HWC")
        place = self.folder / "grids" / f"step-{step:07d}.png"
        place.parent.mkdir(exist_ok=True)
        if says:
            write_picture(place, image, says)
        else:  # a detector's batch: real faces stand among them
            Image.fromarray(image).save(place)

    def last_look(self) -> dict[str, Any]:
        """The last line of an earlier attempt that has a KID; empty where there is none."""
        return next((line for line in reversed(self.history) if "kid" in line), {})

    def close(self) -> None:
        """Writes what TensorBoard still holds back."""
        self._board.close()

    def _append(self, line: dict[str, Any]) -> None:
        with (self.folder / LINES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read(folder: Path) -> list[dict[str, Any]]:
    """All lines of a run; a last one that a kill cut short is left out."""
    place = folder / LINES
    if not place.is_file():
        return []
    lines = place.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def grid(pictures: Tensor) -> NDArray[np.uint8]:
    """Pictures [n, channels, size, size] in −1…1 as one nearly square RGB image."""
    levels = to_levels(pictures)
    across = math.ceil(math.sqrt(len(levels)))
    down = math.ceil(len(levels) / across)
    size = levels.shape[1]
    canvas = np.zeros((down * size, across * size, 3), np.uint8)
    for place, picture in enumerate(levels):
        top, left = place // across * size, place % across * size
        canvas[top : top + size, left : left + size] = picture
    return canvas


def to_levels(pictures: Tensor) -> NDArray[np.uint8]:
    """Pictures in −1…1, grey or colour, as RGB [n, size, size, 3] of 0…255."""
    levels = ((pictures.float() + 1) * 127.5).round().clamp(0, 255).byte().expand(-1, 3, -1, -1)
    return levels.permute(0, 2, 3, 1).cpu().numpy()
