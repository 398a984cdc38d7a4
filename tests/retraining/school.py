"""A detector small enough to be taught in seconds, and a plan by which it learns."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image as Picture

from core.devices import one_device
from core.settings import Settings
from core.training.data import unaligned
from core.training.face_sets import COLUMNS, FaceSet
from core.training.loop import Run, train
from core.training.recipe import Recipe
from pipelines import release
from pipelines.face_cutting import cut_face, face_of_picture
from pipelines.media.faces import FaceFinder
from pipelines.retraining import candidate
from pipelines.retraining.plan import Plan
from tests.retraining.pictures import Image, portrait, softened

SIDE = 64  # px
STEPS = 30
PLAN = f"""
[lesson]
early_size = {SIDE}
most_steps = {STEPS}
least_steps = 2
learning_share = 0.5
learned = 4
replayed = 3
learning_rate = 1e-3
weight_decay = 0.01
clip_norm = 1.0
ema = 0.9
mask_weight = 0.3
label_smoothing = 0.02
evaluate_every = 10
seed = 5
calibrate_on = 4

[gate]
auc = 0.1
method_auc = 0.15
flagged_genuine = 0.5
ece = 0.5
slower = 10
fewest = 5
resamples = 500
"""
ABOUT = {"name": "tiny", "version": "1", "limits": ["Knows one portrait."], "licence": "CC0-1.0"}


def faces_of(pictures: list[tuple[Image, str, str]], finder: FaceFinder) -> FaceSet:
    """A face set of pictures with label and method, a sixth of them for `dev`."""
    cuts, rows = [], []
    for number, (picture, label, method) in enumerate(pictures):
        face = face_of_picture(picture, finder)
        assert face is not None, "every portrait shows one"
        cuts.append(cut_face(picture, face.landmarks, {}, 0.0))
        split = "dev" if number % 6 == 0 else "train"
        rows.append((f"{number}.png", 0.0, label, method, "base", split, f"base-{number}", "", ""))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return FaceSet(np.stack([c.image for c in cuts]), np.stack([c.landmarks for c in cuts]), table)


def base(finder: FaceFinder) -> FaceSet:
    """What the first detector learns, and is reminded of later: portraits, and softened ones."""
    genuine = [(portrait(seed), "real", "") for seed in range(100, 118)]
    return faces_of([*genuine, *((softened(p), "fake", "manipulated") for p, _, _ in genuine)], finder)


def champion(folder: Path, faces: FaceSet, config: Settings) -> None:
    """A detector of softened faces in `folder`, calibrated on the reference set of a desk."""
    recipe = Recipe(
        name="softness", architecture="tf_efficientnet_lite0", size=SIDE, early_size=SIDE, margin=0.125, steps=STEPS,
        warmup=2, cooldown=10, shares={"base": 6}, learning_rate=1e-3, weight_decay=0.01, clip_norm=1.0, ema=0.9,
        mask_weight=0.0, label_smoothing=0.02, evaluate_every=STEPS, seed=4,
    )  # fmt: skip
    run = folder.with_name("softness")
    run.mkdir(parents=True)
    train(Run(recipe, run, one_device("cpu", "auto")), {"base": unaligned(faces)}, lambda _: {}, workers=0)
    card = release.draft([[run]], {"base": faces}, folder, ABOUT)
    lesson = Plan.read(config.retrain_plan).lesson
    candidate.calibrate(folder, card, [], lesson, config, lambda _done, _total: None)


def decoded(content: bytes) -> Image:
    """The picture in a file."""
    return np.asarray(Picture.open(io.BytesIO(content)).convert("RGB"))
