"""A run can be killed at any moment, ends where it should, stops when it diverges, and warns of collapse."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.generators import journal
from core.generators.marking import SOURCE_TYPE
from core.generators.model import Model
from core.generators.pictures import PictureSet
from core.generators.recipe import Recipe
from core.generators.training import Budget, Run, train
from core.generators.watch import REMEMBERED, Diverged, Watch
from core.settings import ROOT
from core.training import checkpoints
from tests.generators.conftest import pictures, tiny


def some(recipe: Recipe, n: int = 24) -> PictureSet:
    batch = pictures(recipe, n)
    levels = ((batch.pictures + 1) * 127.5).byte().numpy()
    if batch.labels is None:
        return PictureSet(levels)
    return PictureSet(levels, batch.labels.numpy(), tuple("abcdefg"[: recipe.classes]))


def no_look(model: Model) -> dict[str, float]:
    """A look that costs nothing but depends on the weights."""
    return {"kid": model.sample(1, 0).mean().item(), "diversity": 1.0}


def start(recipe: Recipe, folder: Path, fabric: object) -> Run:
    return Run(recipe, some(recipe), folder, fabric)  # type: ignore[arg-type]


class Killed(BaseException):
    """Comes from outside, as a signal does."""


def killed_at(run: Run, step: int, budget: Budget) -> None:
    """Lets `run` take `step` steps, and dies in the middle of the next."""
    learn = run.model.step

    def until_killed(batch: object) -> dict[str, float]:
        figures = learn(batch)  # type: ignore[arg-type]
        if run.model.steps > step:
            raise Killed
        return figures

    run.model.step = until_killed  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        train(run, budget, no_look)


@pytest.mark.parametrize("name", ["sngan", "cyclegan", "ddpm"])
def test_a_killed_run_resumes_to_the_same_curve(
    name: str, tmp_path: Path, fabric: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.generators.training.LOGGED_EVERY", 1)
    monkeypatch.setattr("core.generators.training.GRID", 2)
    recipe = tiny(name, checkpoint_every=3, evaluate_every=1, stabilisers={
        "ema": 0.9, "instance_noise": 0.1, "augment": ["translation"]}, rates={"schedule": "cosine"})  # fmt: skip
    budget = Budget(epochs=1)
    unbroken = start(recipe, tmp_path / "unbroken", fabric)
    train(unbroken, budget, no_look)
    killed_at(start(recipe, tmp_path / "broken", fabric), 1, budget)  # before any checkpoint
    killed_at(start(recipe, tmp_path / "broken", fabric), 4, budget)  # a step after one
    resumed = start(recipe, tmp_path / "broken", fabric)
    train(resumed, budget, no_look)
    assert resumed.model.steps == 6
    assert journal.read(tmp_path / "broken") == journal.read(tmp_path / "unbroken")
    for part, tensors in unbroken.model.tensors().items():
        for key, value in tensors.items():
            assert torch.equal(value, resumed.model.tensors()[part][key]), f"{part}/{key}"


def test_a_run_killed_while_it_writes_keeps_its_last_checkpoint(
    tmp_path: Path, fabric: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny()
    run = start(recipe, tmp_path, fabric)
    train(run, Budget(kimg=0.008), no_look)
    run.learn()

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(checkpoints, "replace", die)
    with pytest.raises(Killed):
        run.checkpoint()
    monkeypatch.undo()
    again = start(recipe, tmp_path, fabric)
    again.resume()
    assert again.model.steps == 2


def test_curves_and_grids_are_on_the_board(tmp_path: Path, fabric: object) -> None:
    recipe = tiny("wgan_gp", stabilisers={"gradient_penalty": 10.0})
    train(start(recipe, tmp_path, fabric), Budget(epochs=2), no_look)
    board = EventAccumulator(str(tmp_path))
    board.Reload()
    curves = {"loss/generator", "loss/discriminator", "loss/gradient_penalty", "d/real", "d/fake", "d/accuracy",
              "gradient/generator", "gradient/discriminator", "kid", "diversity"}  # fmt: skip
    assert curves <= set(board.Tags()["scalars"])
    assert "samples" in board.Tags()["images"]
    assert [point.step for point in board.Scalars("kid")] == [6, 12]
    first, second = sorted((tmp_path / "grids").iterdir())
    assert (first.name, second.name) == ("step-0000006.png", "step-0000012.png")
    assert Image.open(second).text["Source"] == SOURCE_TYPE  # type: ignore[attr-defined]


def test_a_finished_run_is_not_looked_at_again(tmp_path: Path, fabric: object) -> None:
    recipe = tiny()
    first = train(start(recipe, tmp_path, fabric), Budget(epochs=1), no_look)
    lines = journal.read(tmp_path)
    assert train(start(recipe, tmp_path, fabric), Budget(epochs=1), no_look) == first
    assert journal.read(tmp_path) == lines


@pytest.mark.parametrize(
    ("budget", "steps"),
    [
        (Budget(), 20),
        (Budget(epochs=2), 12),
        (Budget(kimg=0.017), 5),
        (Budget(epochs=1, kimg=1), 6),
        (Budget(minutes=1), math.inf),
    ],
)
def test_where_a_run_ends(budget: Budget, steps: float) -> None:
    assert budget.steps(tiny(epochs=3.3), per_epoch=6) == steps


def test_minutes_count_over_all_attempts(tmp_path: Path, fabric: object) -> None:
    run = start(tiny(), tmp_path, fabric)
    train(run, Budget(minutes=0.5 / 60), no_look)
    assert 0.5 <= run.seconds < 5
    again = start(tiny(), tmp_path, fabric)
    train(again, Budget(minutes=0.5 / 60), no_look)
    assert again.model.steps == run.model.steps


def test_another_recipe_does_not_go_on_in_the_same_folder(tmp_path: Path, fabric: object) -> None:
    start(tiny(), tmp_path, fabric).checkpoint()
    with pytest.raises(ValueError, match="another recipe"):
        start(tiny(seed=1), tmp_path, fabric).resume()


def test_a_diverged_run_stops_and_keeps_what_was_before(tmp_path: Path, fabric: object) -> None:
    run = start(tiny(checkpoint_every=1), tmp_path, fabric)
    train(run, Budget(kimg=0.004), no_look)
    next(run.model.networks["discriminator"].parameters()).data.fill_(math.nan)
    with pytest.raises(Diverged, match="not a number after step 2"):
        run.checkpoint = lambda: None  # type: ignore[method-assign]
        run.resume = lambda: None  # type: ignore[method-assign]
        train(run, Budget(epochs=9), no_look)
    again = start(tiny(checkpoint_every=1), tmp_path, fabric)
    again.resume()
    assert all(w.isfinite().all() for w in again.model.networks["discriminator"].parameters())


def test_collapse_is_warned_about_in_the_journal(tmp_path: Path, fabric: object) -> None:
    collapsed = {"kid": 0.1, "diversity": 0.2}
    train(start(tiny(epochs=2), tmp_path, fabric), Budget(epochs=1), lambda _: collapsed)
    warnings = [line["warning"] for line in journal.read(tmp_path) if "warning" in line]
    assert len(warnings) == 1 and "0.20 times as varied" in warnings[0]


def test_samples_that_still_take_shape_are_not_warned_about() -> None:
    assert [len(Watch().warnings(diversity=0.1, done=done)) for done in (0.1, 0.3)] == [0, 1]


def test_a_discriminator_that_is_never_wrong_is_warned_about() -> None:
    watch = Watch({"step": i, "d/accuracy": 1.0} for i in range(REMEMBERED - 1))
    assert watch.warnings(diversity=1.0, done=1.0) == []
    watch.check(100, {"d/accuracy": 1.0, "loss/generator": 3.0})
    assert ["100.0% of pairs" in warning for warning in watch.warnings(diversity=1.0, done=1.0)] == [True]
    for _ in range(5):
        watch.check(101, {"d/accuracy": 0.7})
    assert watch.warnings(diversity=1.0, done=1.0) == []


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    (tmp_path / journal.LINES).write_text(json.dumps({"step": 1, "kid": 2}) + '\n{"step": 2, "ki')
    assert journal.read(tmp_path) == [{"step": 1, "kid": 2}]


def test_a_grid_shows_pictures_in_reading_order() -> None:
    shades = torch.linspace(-1, 1, 3).view(3, 1, 1, 1).expand(3, 1, 4, 4)
    image = journal.grid(shades)
    assert image.shape == (8, 8, 3)
    assert [int(image[y, x, 0]) for y, x in ((0, 0), (0, 4), (4, 0), (4, 4))] == [0, 128, 255, 0]
    assert np.array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "generators").glob("*.toml")), ids=lambda path: path.stem)
def test_every_named_recipe_is_valid_and_can_be_built(path: Path, fabric: object) -> None:
    from core.generators.zoo import build

    recipe = Recipe.read(path)
    assert recipe.name == path.stem
    build(recipe, fabric)  # type: ignore[arg-type]


def test_the_classic_recipe_is_the_classic_one() -> None:
    recipe = Recipe.read(ROOT / "configs" / "generators" / "dcgan-celeba64.toml")
    assert (recipe.batch, recipe.epochs, recipe.latent, recipe.loss) == (128, 10, 100, "bce")
    assert (recipe.rates.generator, recipe.rates.discriminator, recipe.rates.betas[0]) == (2e-4, 2e-4, 0.5)
