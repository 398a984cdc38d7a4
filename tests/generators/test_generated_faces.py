"""Samples as a training set: beside genuine faces of the same size and format, some generators for dev alone."""

import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.devices import Fabric
from core.generators import shelf
from core.generators.journal import to_levels
from core.generators.pictures import read, read_held_out
from core.generators.training import Run
from core.training.face_sets import FaceSet, assert_no_leak
from core.training.sources import sources
from pipelines.generated_faces import SEED, write_set
from pipelines.manifests import read_manifest
from tests.generators.conftest import tiny

SHAPES: dict[str, dict[str, Any]] = {"learned": {"held_out": 0.4}, "apart": {}, "large": {"size": 64}, "all": {}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, fabric: Fabric) -> Path:
    """Forty pictures, and a run of one step for each of `SHAPES`."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "data").mkdir()
    rng = np.random.default_rng(0)
    for number in range(40):
        cv2.imwrite(str(folder / "data" / f"{number:02d}.png"), rng.integers(0, 256, (48, 40, 3), np.uint8))
    for name, changes in SHAPES.items():
        recipe = tiny("dcgan", name=name, **changes)
        run = Run(recipe, read(folder / "data", recipe), folder / name, fabric)
        run.learn()
        run.checkpoint()
    return folder


@pytest.fixture(scope="module")
def table(place: Path) -> pd.DataFrame:
    return write_set([place / "learned"], [place / "apart"], place / "data", 6, place / "set")


def stored(place: Path, rows: pd.DataFrame) -> np.ndarray:
    with zipfile.ZipFile(place / "set" / "generated.zip") as archive:
        return np.stack([np.array(Image.open(io.BytesIO(archive.read(name)))) for name in rows["file"]])


def test_each_split_has_its_people_and_its_generators(place: Path, table: pd.DataFrame) -> None:
    counts = table.groupby(["split", "method"]).size().to_dict()
    assert counts == {("train", "none"): 6, ("train", "learned"): 6, ("dev", "none"): 6, ("dev", "apart"): 6}
    recipe = tiny("dcgan", held_out=0.4)
    for split, take, name in (("train", read, "learned"), ("dev", read_held_out, "apart")):
        rows = table[table["split"] == split]
        genuine = take(place / "data", recipe, 6).pictures.transpose(0, 2, 3, 1)
        assert np.array_equal(stored(place, rows[rows["label"] == "real"]), genuine)
        made = to_levels(shelf.load(place / name).sample(6, SEED))
        assert np.array_equal(stored(place, rows[rows["label"] == "fake"]), made)


def test_without_generators_set_apart_all_is_for_train(place: Path) -> None:
    table = write_set([place / "learned"], [], place / "data", 3, place / "whole")
    assert table.groupby(["split", "label"]).size().to_dict() == {("train", "real"): 3, ("train", "fake"): 3}


def test_samples_say_that_they_are_synthetic(place: Path, table: pd.DataFrame) -> None:
    with zipfile.ZipFile(place / "set" / "generated.zip") as archive:
        for name, label in zip(table["file"], table["label"], strict=True):
            assert ("Synthetic picture" in Image.open(io.BytesIO(archive.read(name))).info.get("Description", "")) == (
                label == "fake"
            )


def test_it_is_a_set_that_detectors_learn_from(place: Path, table: pd.DataFrame) -> None:
    rows = read_manifest(place / "set" / "generated.csv").assign(group2="")
    assert_no_leak(rows)
    of_train = {bytes(image) for image in stored(place, table[table["split"] == "train"])}
    faces = FaceSet(stored(place, rows), np.zeros((len(rows), 468, 2), np.float32), rows)
    draw = sources({"generated": faces}, ["generated"])["generated"]
    for _ in range(20):
        pair = draw(np.random.default_rng())
        assert {bytes(pair.real), bytes(pair.fake)} <= of_train


def test_generators_that_do_not_go_together_are_refused(place: Path) -> None:
    with pytest.raises(ValueError, match="other sizes"):
        write_set([place / "learned"], [place / "large"], place / "data", 2, place / "none")
    with pytest.raises(ValueError, match="held people out"):
        write_set([place / "all"], [], place / "data", 2, place / "none")
