"""How the desk learns, from a TOML file: the lesson, and what the gate asks."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.detectors.card import Card
from core.judgement.comparison import Margins
from core.training.recipe import Recipe


class Lesson(BaseModel):
    """Every choice of a night's training that does not come from the detector in service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    early_size: int = Field(gt=0, description="side of the crop before the learning rate falls, px")
    most_steps: int = Field(gt=0, description="of one expert")
    least_steps: int = Field(gt=0, description="with time for fewer, nothing is begun")
    learning_share: float = Field(gt=0, lt=1, description="of the time that a night may take")
    learned: int = Field(gt=0, description="pairs a batch from the desk")
    replayed: int = Field(ge=0, description="pairs a batch from the base face sets")
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    clip_norm: float = Field(gt=0)
    ema: float = Field(gt=0, lt=1)
    mask_weight: float = Field(ge=0)
    label_smoothing: float = Field(ge=0, lt=0.5)
    evaluate_every: int = Field(gt=0)
    seed: int
    calibrate_on: int = Field(ge=2, description="files of each label and kind that thresholds must rest on")

    def recipe(self, card: Card, name: str, starts_from: str, shares: dict[str, int], steps: int) -> Recipe:
        """The run of one expert of the detector that `card` describes.

        The average of a short run reaches back over a tenth of it: over more, it would be mostly what it began with.
        """
        shared = self.model_dump(include=set(Recipe.model_fields) - {"early_size", "ema"})
        return Recipe(
            name=name,
            architecture=card.architecture,
            starts_from=starts_from,
            size=card.crop.size,
            early_size=min(self.early_size, card.crop.size),
            margin=card.crop.margin,
            shares=shares,
            steps=steps,
            warmup=steps // 20,
            cooldown=max(1, steps // 3),
            ema=min(self.ema, 1 - 1 / (1 + steps / 10)),
            **shared,
        )


class Plan(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lesson: Lesson
    gate: Margins

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """The plan in a TOML file; ValueError with the field's name where it does not fit."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
