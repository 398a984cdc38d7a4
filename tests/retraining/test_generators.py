"""Pictures of generators become data versions, and a generator that can't draw is passed over."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from db import data_versions
from db.session import session
from pipelines.retraining import generators, items
from tests.actors import DESK
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import portrait


class Painter:
    """Draws portraits; only its way of drawing is made up."""

    recipe = SimpleNamespace(name="painter")

    def noise(self, n: int, seed: int) -> torch.Tensor:
        return torch.arange(seed, seed + min(n, 3))

    def decode(self, noise: torch.Tensor) -> torch.Tensor:
        pictures = np.stack([portrait(int(seed)) for seed in noise])
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


class Sick(Painter):
    """Does not get far."""

    def decode(self, noise: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of memory")


def test_generators_draw_for_the_next_night(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = (Path("/nowhere"), Path("/sick"), Path("/painter"))
    config = newsroom.config.model_copy(update={"retrain_generators": runs})
    load, drawing = generators.shelf.load, {"painter": Painter, "sick": Sick}
    monkeypatch.setattr(
        generators.shelf, "load", lambda run, device: drawing.get(run.name, lambda: load(run, device))()
    )
    generators.refresh(config, DESK, seed=1)
    with session(config) as opened:
        (version,) = data_versions.versions(opened)
    assert (version.origin, version.name, version.counts["method"]) == ("generator", "painter 1", {"painter": 3})
    assert all(items.path_of(config, item).is_file() for item in items.read(config, version.sha256))
