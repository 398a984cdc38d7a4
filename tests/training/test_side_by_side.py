"""Two devices that learn side by side take the step that one would take with both of their batches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.devices import one_device
from core.settings import ROOT
from core.training.data import PairStream
from core.training.face_sets import FaceSet
from core.training.loop import Run
from core.training.recipe import Recipe
from core.training.sources import PAIRS, sources
from tests.training.conftest import portrait_set

WATCHED = "mask_head.weight"
RECIPE = """
name = "two"
architecture = "tf_efficientnet_lite0"
size = 64
early_size = 64
margin = 0.125
steps = 1
warmup = 0
cooldown = 1
learning_rate = 1e-3
weight_decay = 0.01
clip_norm = 1.0
ema = 0.5
mask_weight = 0.5
label_smoothing = 0.02
evaluate_every = 1
seed = 3
[shares]
aligned = 2
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set of faces, and a run on them by two processes."""
    place = tmp_path_factory.mktemp("two")
    (place / "two.toml").write_text(RECIPE)
    for name in (PAIRS, "videos"):
        portrait_set(12).save(place / "faces" / name)
    command = ["-m", "scripts.train_detector", place / "two.toml", "--faces", place / "faces", "--runs", place / "runs"]
    ended = subprocess.run(
        [sys.executable, *map(str, command), "--devices", "2", "--workers", "0"],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.count("has its weights") == 1
    return place


@pytest.mark.slow
def test_their_gradients_are_joined(place: Path, tmp_path: Path) -> None:
    recipe = Recipe.read(place / "two.toml")
    faces = {PAIRS: FaceSet.load(place / "faces" / PAIRS)}
    gradients = [gradient_of(recipe, faces, tmp_path, rank) for rank in (0, 1)]
    assert not torch.allclose(gradients[0], gradients[1], rtol=0.1)  # each had a batch of its own

    kept = load_file(place / "runs" / "two" / "learned.safetensors")
    before = Run(recipe, tmp_path, one_device("cpu", "auto")).averaged().state_dict()
    step = kept[WATCHED].flatten() - before[WATCHED].flatten() * (1 - recipe.learning_rate * recipe.weight_decay)
    joined = (gradients[0] + gradients[1]) / 2
    sure = joined.abs() > joined.abs().quantile(0.5)
    assert (step[sure].sign() == -joined[sure].sign()).float().mean() > 0.97  # Adam's first step is the sign


def gradient_of(recipe: Recipe, faces: dict[str, FaceSet], folder: Path, rank: int) -> torch.Tensor:
    """The gradient that process number `rank` of two has in the first step."""
    run = Run(recipe, folder, one_device("cpu", "auto"))
    found: list[torch.Tensor] = []
    weight = dict(run.model.module.named_parameters())[WATCHED]
    weight.register_hook(lambda gradient: found.append(gradient.clone()))
    shares = recipe.shares
    run.learn(PairStream(sources(faces, shares), shares, recipe.size_at, recipe.seed, 0, place=(rank, 2)).batch(0))
    return found[0].flatten()
