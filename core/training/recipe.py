"""What one training run is made of; read from a TOML file in `configs/`."""

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """Every choice of a run, so that the file and the data's hash are all that is needed to repeat it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="of the run folder and of the shipped weights")
    architecture: str = Field(description="timm name whose ImageNet weights are installed, or a baseline's")
    starts_from: str = Field("", description="a mixture of finished runs, see `runs_of`; empty for ImageNet")
    size: int = Field(gt=0, description="side of the crop, px; a multiple of 32")
    early_size: int = Field(gt=0, description="the same before the cooldown: small crops are quick to learn from")
    margin: float = Field(description="of the crop at inference")
    wear: float = Field(1.0, ge=0, description="how often a picture is worn by codecs, blur and noise, see `degrade`")
    shares: dict[str, int] = Field(description="pairs a batch from each source, see `scripts.train_detector`")
    steps: int = Field(gt=0)
    warmup: int = Field(ge=0, description="steps of rising learning rate")
    cooldown: int = Field(gt=0, description="last steps, of falling learning rate")
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    clip_norm: float = Field(gt=0, description="largest gradient norm")
    ema: float = Field(gt=0, lt=1, description="decay of the averaged weights, which are the ones that ship")
    mask_weight: float = Field(ge=0, description="of the mask loss, relative to the label's")
    label_smoothing: float = Field(ge=0, lt=0.5)
    evaluate_every: int = Field(gt=0, description="steps; a checkpoint is written then too")
    seed: int

    def cools_at(self) -> int:
        """The step at which the learning rate begins to fall, and crops get their full size."""
        return self.steps - self.cooldown

    def size_at(self, step: int) -> int:
        """Side of the crops of a step, px."""
        return self.size if step >= self.cools_at() else self.early_size

    def continues(self, other: "Recipe", step: int) -> bool:
        """Whether the first `step` steps are the same under `other`: only the end may have been moved."""
        same = self.model_copy(update={"steps": other.steps}) == other
        return same and (self.steps == other.steps or step <= min(self.cools_at(), other.cools_at()))

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """The recipe in a TOML file; ValueError with the field's name where it does not fit."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def runs_of(mixture: str) -> list[str]:
    """The runs whose mean is meant, each as often as it counts: `3*close+broad` is three of one, one of another.

    ValueError where it is not written so.
    """
    found = [re.fullmatch(r"(?:([1-9]\d*)\*)?([^*+]+)", part) for part in mixture.split("+")]
    if not all(found):
        raise ValueError(f"A mixture of runs is written like 3*close+broad, not {mixture!r}.")
    return [part[2] for part in found if part for _ in range(int(part[1] or 1))]
