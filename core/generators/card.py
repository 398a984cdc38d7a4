"""The card of a generator that ships: what it was made of, by how much work, and how good it is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.generators.recipe import Recipe


class GeneratorCard(BaseModel):
    """`card.json` beside `weights.safetensors`, which hold the averaged networks alone, and `grid.png`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    sha256: str = Field(description="of weights.safetensors")
    recipe: Recipe
    steps: int = Field(ge=0)
    seconds: float = Field(ge=0, description="of work that training took, all attempts together")
    data: str = Field(description="what it learned from: set, number of pictures")
    figures: dict[str, Any] = Field(description="as `core.generators.quality` writes them; empty where not measured")
    limits: tuple[str, ...]
    licence: str
    revision: str = Field(description="commit of the code that trained it")
