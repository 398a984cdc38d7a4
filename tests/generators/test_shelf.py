"""Generators that ship: the averaged networks alone, under the hash that their card names."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from core.devices import Fabric
from core.errors import WeightsRefused
from core.generators import shelf
from core.generators.card import GeneratorCard
from core.generators.training import Run
from core.settings import settings
from tests.generators.conftest import tiny
from tests.generators.test_training import some


def shipped(model: str, folder: Path, fabric: Fabric) -> Run:
    """A run after one step, put on the shelf."""
    recipe = tiny(model, stabilisers={"ema": 0.9})
    run = Run(recipe, some(recipe), folder / "run", fabric)
    run.learn()
    run.checkpoint()
    card = GeneratorCard(
        version="1", sha256=shelf.put_weights(run.model, folder / "shelf"), recipe=recipe, steps=run.model.steps,
        seconds=3.0, data="24 pictures", figures={}, limits=(), licence="CC0-1.0", revision="0" * 40,
    )  # fmt: skip
    (folder / "shelf" / shelf.CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return run


@pytest.mark.parametrize("model", ["dcgan", "wgan_gp", "sngan", "ddpm"])
def test_it_makes_the_pictures_that_its_run_made(model: str, tmp_path: Path, fabric: Fabric) -> None:
    run = shipped(model, tmp_path, fabric)
    expected = shelf.load(tmp_path / "run").sample(3, seed=1)
    assert torch.allclose(shelf.load(tmp_path / "shelf").sample(3, seed=1), expected, atol=1e-5)
    assert shelf.facts(tmp_path / "shelf").shown == shelf.facts(tmp_path / "run").shown == run.recipe.batch
    size = (tmp_path / "shelf" / shelf.WEIGHTS).stat().st_size
    assert size < sum(file.stat().st_size for file in (tmp_path / "run").glob("*.safetensors")) / 2


def test_what_is_not_the_cards_is_refused(tmp_path: Path, fabric: Fabric) -> None:
    shipped("dcgan", tmp_path, fabric)
    weights = tmp_path / "shelf" / shelf.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsRefused) as caught:
        shelf.load(tmp_path / "shelf")
    assert caught.value.code == "wrong_hash"
    weights.unlink()
    with pytest.raises(WeightsRefused, match="not the one of its card"):
        shelf.load(tmp_path / "shelf")
    (tmp_path / "shelf" / shelf.CARD).write_text("{}")
    with pytest.raises(WeightsRefused, match="version"):
        shelf.facts(tmp_path / "shelf")
    with pytest.raises(WeightsRefused, match="has no checkpoint"):
        shelf.facts(tmp_path)


@pytest.mark.parametrize("folder", sorted((settings().models / "generators").iterdir()), ids=lambda folder: folder.name)
def test_what_ships_is_whole_small_and_marked(folder: Path) -> None:
    card = shelf.read_card(folder)
    assert card.recipe.name == folder.name and card.limits and "CelebA" in card.licence
    assert (folder / shelf.WEIGHTS).stat().st_size < 20_000_000
    made = shelf.load(folder).sample(4, seed=1)
    assert made.shape == (4, card.recipe.channels, card.recipe.size, card.recipe.size)
    assert made.std(0).mean() > 0.1  # four faces, not one
    with Image.open(folder / shelf.GRID) as grid:
        assert "Synthetic" in grid.text["Description"]
