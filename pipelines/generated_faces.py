"""Generators' samples as a set for training, beside genuine faces that came to their size by the same way.

A sample of 64 px beside a genuine picture of 192 would teach that small is fake. So the genuine ones are those that the
generators learned from, cut by the same function and stored in the same format.
"""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.generators import shelf
from core.generators.journal import to_levels
from core.generators.marking import sentence, write_picture
from core.generators.pictures import read, read_held_out
from core.generators.recipe import Recipe
from core.training.sources import GENERATED

SEED = 4  # training looked at samples of 0 and 1, calibration at those of 2, the study at those of 3


def write_set(learned: Sequence[Path], apart: Sequence[Path], data: Path, count: int, out: Path) -> pd.DataFrame:
    """Writes out/generated.zip and its table, which it returns; ValueError where the generators don't go together.

    `learned`: generators whose samples are for train, `apart` those for dev alone; `count`: samples of each. Genuine
    people whom no run saw are for dev, the others for train, at most as many as there are samples.
    """
    recipe = _one_recipe([*learned, *apart])
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    with zipfile.ZipFile(out / f"{GENERATED}.zip", "w") as archive:
        for split, folders in (("train", learned), ("dev", apart)):
            if not folders:
                continue
            rows += [_row(name, split, "none") for name in _genuine(archive, split, data, recipe, count * len(folders))]
            for folder in folders:
                rows += [_row(name, split, folder.name) for name in _made(archive, split, folder, count)]
    table = pd.DataFrame(rows)
    table.to_csv(out / f"{GENERATED}.csv", index=False)
    return table


def _one_recipe(folders: Sequence[Path]) -> Recipe:
    """How all of them saw the set; the last of them that held people out says whom."""
    recipes = [shelf.facts(folder).recipe for folder in folders]
    if len({(recipe.size, recipe.crop, recipe.channels) for recipe in recipes}) > 1:
        raise ValueError("These generators saw pictures of other sizes, cuts or colours. Name some that saw the same.")
    holding = [recipe for recipe in recipes if recipe.held_out]
    if not holding:
        raise ValueError("None of these generators held people out, so none are left for dev. Add one that did.")
    return holding[-1]


def _genuine(archive: zipfile.ZipFile, split: str, data: Path, recipe: Recipe, most: int) -> Iterator[str]:
    """Stores people whom runs of the recipe saw (train), or did not (dev); gives their names in the archive."""
    found = (read if split == "train" else read_held_out)(data, recipe, most)
    for number, picture in enumerate(found.pictures):
        name = f"{split}/real/{number:05d}.png"
        archive.writestr(name, _png(picture.transpose(1, 2, 0)))
        yield name


def _made(archive: zipfile.ZipFile, split: str, folder: Path, count: int) -> Iterator[str]:
    """Stores a generator's samples, marked as synthetic as all that is made here is."""
    says, model = sentence(folder.name, SEED), shelf.load(folder, precision="auto")
    with tempfile.TemporaryDirectory() as place:
        for number, image in enumerate(to_levels(model.sample(count, SEED))):
            name = f"{split}/{folder.name}/{number:05d}.png"
            write_picture(Path(place) / "one.png", image, says)
            archive.write(Path(place) / "one.png", name)
            yield name


def _png(image: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".png", image[:, :, ::-1])
    assert done
    return data.tobytes()


def _row(name: str, split: str, method: str) -> dict[str, str]:
    label = "real" if method == "none" else "fake"
    return {"file": name, "label": label, "method": method, "dataset": GENERATED, "split": split}
