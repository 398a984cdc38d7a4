"""A run learns, can be killed and goes on, and its schedule is the one that it states."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.devices import one_device
from core.training import checkpoints, origin
from core.training.data import PairStream, aligned, self_blended, unaligned
from core.training.face_sets import FaceSet
from core.training.loop import Run, known_mask_bce, learning_rate, smoothed_bce, train
from core.training.recipe import Recipe
from core.training.validation import validation
from tests.training.conftest import portrait_set


def recipe(steps: int) -> Recipe:
    return Recipe(
        name="tiny", architecture="tf_efficientnet_lite0", size=64, early_size=64, margin=0.125,
        steps=steps, warmup=1, cooldown=2,
        shares={"self_blended": 1, "aligned": 1, "clips": 1}, learning_rate=1e-3, weight_decay=0.01, clip_norm=1.0,
        ema=0.5, mask_weight=0.5, label_smoothing=0.02, evaluate_every=2, seed=3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return portrait_set(12)


def run_to(steps: int, total: int, folder: Path, faces: FaceSet, network: str) -> dict[str, torch.Tensor]:
    """Runs to `steps` of a schedule made for `total`."""
    folder.mkdir(exist_ok=True)
    whole = recipe(total).model_copy(update={"architecture": network})
    run = Run(whole, folder, one_device("cpu", "auto"))
    sources = {"self_blended": self_blended(faces), "aligned": aligned(faces), "clips": unaligned(faces)}
    evaluate = validation({"portrait": faces}, whole)
    if steps < total:
        run.resume()
        stopping = Run.checkpoint

        def checkpoint_and_die(self: Run) -> None:
            stopping(self)
            if self.step == steps:
                raise KeyboardInterrupt

        Run.checkpoint = checkpoint_and_die  # type: ignore[method-assign]
        try:
            with pytest.raises(KeyboardInterrupt):
                train(run, sources, evaluate, workers=0)
        finally:
            Run.checkpoint = stopping  # type: ignore[method-assign]
        return {}
    return dict(train(run, sources, evaluate, workers=0).state_dict())


@pytest.mark.parametrize("network", ["tf_efficientnet_lite0", "meso4"])  # the second draws what to leave out
def test_a_killed_run_ends_where_an_unbroken_one_does(tmp_path: Path, faces: FaceSet, network: str) -> None:
    unbroken = run_to(4, 4, tmp_path / "unbroken", faces, network)
    run_to(2, 4, tmp_path / "broken", faces, network)
    with (tmp_path / "broken" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "dev_auc/portrait/blur": 0.1}\n')  # seen, but undone by the kill
    resumed = run_to(4, 4, tmp_path / "broken", faces, network)
    assert all(torch.allclose(unbroken[name], resumed[name], atol=1e-6) for name in unbroken)
    assert (tmp_path / "broken" / "metrics.jsonl").read_text().count("dev_auc/portrait/blur") == 2


def test_a_run_does_not_go_on_under_another_recipe(tmp_path: Path) -> None:
    Run(recipe(4), tmp_path, one_device("cpu", "auto")).checkpoint()
    with pytest.raises(ValueError, match="another recipe"):
        Run(recipe(4).model_copy(update={"ema": 0.6}), tmp_path, one_device("cpu", "auto")).resume()


def test_a_run_may_be_given_another_length_until_it_cools() -> None:
    plan = recipe(100)
    assert plan.continues(recipe(60), step=58)
    assert not plan.continues(recipe(60), step=59)
    assert plan.continues(plan, step=99)
    assert not plan.continues(plan.model_copy(update={"seed": 4}), step=0)


def test_crops_get_their_full_size_when_the_rate_falls() -> None:
    plan = recipe(100).model_copy(update={"early_size": 32})
    assert [plan.size_at(step) for step in (0, 97, 98)] == [32, 32, 64]


def test_a_step_lowers_the_loss_on_its_own_batch(tmp_path: Path, faces: FaceSet) -> None:
    run = Run(recipe(50), tmp_path, one_device("cpu", "auto"))
    batch = PairStream({"aligned": aligned(faces)}, {"aligned": 4}, lambda _: 64, 0, 0).batch(0)
    losses = [run.learn(batch)["loss"] for _ in range(12)]
    assert losses[-1] < 0.5 * losses[0]


def test_learning_rate_rises_stays_and_falls_along_half_a_cosine() -> None:
    plan = recipe(200).model_copy(update={"warmup": 10, "cooldown": 40})
    assert learning_rate(0, plan) == pytest.approx(1e-4)
    assert learning_rate(10, plan) == learning_rate(160, plan) == pytest.approx(1e-3)
    assert learning_rate(170, plan) == pytest.approx(1e-3 * 0.5 * (1 + math.sqrt(0.5)))
    assert learning_rate(180, plan) == pytest.approx(0.5e-3)
    assert learning_rate(200, plan) == pytest.approx(0, abs=1e-9)


def test_losses_by_hand() -> None:
    logits = torch.tensor([0.0, math.log(3.0)])
    expected = -(math.log(0.5) + 0.9 * math.log(0.75) + 0.1 * math.log(0.25)) / 2
    assert smoothed_bce(logits, torch.tensor([0.0, 1.0]), 0.1).item() == pytest.approx(expected)
    masks = torch.stack([torch.zeros(2, 2), torch.full((2, 2), 0.7)])
    ignored = torch.stack([torch.full((2, 2), 40.0), torch.zeros(2, 2)])
    known = torch.tensor([False, True])
    assert known_mask_bce(ignored, masks, known).item() == pytest.approx(math.log(2), abs=1e-6)


def test_a_checkpoint_keeps_the_optimizer(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weight], lr=0.1)
    weight.sum().backward()
    optimizer.step()
    checkpoints.save(tmp_path, {"optimizer": checkpoints.optimizer_tensors(optimizer)}, {"step": 1})
    tensors, state = checkpoints.load(tmp_path)  # type: ignore[misc]
    fresh = torch.optim.AdamW([torch.nn.Parameter(weight.detach().clone())], lr=0.1)
    checkpoints.restore_optimizer(fresh, tensors["optimizer"])
    assert state == {"step": 1}
    assert torch.equal(
        fresh.state_dict()["state"][0]["exp_avg"], optimizer.state_dict()["state"][0]["exp_avg"]
    )


def test_a_run_tells_what_it_was_made_from_and_keeps_to_it(tmp_path: Path, faces: FaceSet) -> None:
    place = tmp_path / "faces"
    faces.save(place)
    first = FaceSet.fingerprint(place)
    origin.keep(tmp_path, recipe(4), {"portrait": first})
    origin.keep(tmp_path, recipe(6), {"portrait": first})
    told = json.loads((tmp_path / "origin.json").read_text())
    assert Recipe.model_validate(told["recipe"]) == recipe(6)
    assert told["faces"] == {"portrait": first}
    assert told["versions"]["torch"] == torch.__version__
    assert len(told["revisions"]) == 1

    replace(faces, rows=faces.rows.assign(label="real")).save(place)
    with pytest.raises(ValueError, match=r"other faces than these, see: portrait\."):
        origin.keep(tmp_path, recipe(6), {"portrait": FaceSet.fingerprint(place)})


def test_the_board_shows_crops_beside_where_manipulation_is_seen(tmp_path: Path, faces: FaceSet) -> None:
    run = Run(recipe(4), tmp_path, one_device("cpu", "auto"))
    batch = PairStream({"aligned": aligned(faces)}, {"aligned": 4}, lambda _: 128, 0, 0).batch(0)
    looks = run.looks(batch)
    assert looks.shape == (16, 3, 128, 128)
    assert torch.allclose(looks[::2], batch.crops / 127.5 - 1, atol=1e-5)
    assert torch.equal(looks[1::2, 0], looks[1::2, 2])  # grey

    final = run.averaged().mask_head
    final.weight.data.zero_()
    final.bias.data.fill_(-2.0)
    assert run.looks(batch)[1::2].unique().item() == pytest.approx(2 / (1 + math.e**2) - 1, abs=1e-3)
