"""The pictures of the study: what generators made and people whom none of them saw, all in one format."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generators import shelf
from core.generators.diffusion import Diffusion
from core.generators.journal import to_levels
from core.generators.pictures import read_held_out
from core.generators.recipe import Recipe

Pictures = NDArray[np.uint8]  # [n, size, size, 3], RGB
FORMATS: dict[str, int | None] = {"PNG": None, "JPEG 75": 75}  # quality


@dataclass(frozen=True)
class Made:
    """What a run made, and what it took to learn to."""

    name: str
    model: str
    pictures: Pictures
    shown: int  # pictures that it learned from, repeats counted
    minutes: float  # of learning
    sampling: str
    held_out: float  # share of the people whom it never saw


def made_by(run: Path, n: int, seed: int) -> Made:
    """`n` samples of a run; WeightsRefused where it has no weights."""
    model, facts = shelf.load(run, precision="auto"), shelf.facts(run)
    how = f"DDIM, {model.sampling_steps} steps" if isinstance(model, Diffusion) else "one pass"
    recipe = model.recipe
    return Made(
        recipe.name, recipe.model, to_levels(model.sample(n, seed)),
        facts.shown, facts.seconds / 60, how, recipe.held_out,
    )  # fmt: skip


def unseen(data: Path, recipe: Recipe, n: int) -> Pictures:
    """At most `n` pictures of people whom a run of the recipe never saw, cut as its own pictures were."""
    found = read_held_out(data, recipe).pictures[:n]
    return np.ascontiguousarray(np.broadcast_to(found.transpose(0, 2, 3, 1), (*found.shape[:1], *found.shape[2:], 3)))


def stored(pictures: Pictures, quality: int | None) -> Pictures:
    """The pictures as a file of that JPEG quality gives them back; unchanged where it is None."""
    if quality is None:
        return pictures
    return np.stack([_through_jpeg(picture, quality) for picture in pictures])


def _through_jpeg(picture: Pictures, quality: int) -> Pictures:
    done, data = cv2.imencode(".jpg", picture[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
