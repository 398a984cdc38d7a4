"""Sets of pictures to learn from: a folder or a zip of image files, or FER2013's table, read once into memory.

Layouts that are known:

CelebA    000001.jpg … in one folder; attributes in `list_attr_celeba.txt` or `.csv`, people in `identity_CelebA.txt`,
          or both in a table beside it that is called as the set is (`celeba.csv` beside `celeba.zip`)
FER2013   split/emotion/picture, or the one table `fer2013.csv` of pixels
others    class/picture, or pictures in one folder
"""

import itertools
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.generators.model import Batch
from core.generators.recipe import Recipe
from core.splits import share_of

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
ATTRIBUTE_TABLES = ("list_attr_celeba.txt", "list_attr_celeba.csv")
IDENTITIES = "identity_CelebA.txt"
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # in the order of FER2013's numbers
FER_SPLITS = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}


@dataclass(frozen=True)
class PictureSet:
    """`pictures` uint8 [n, channels, size, size]; `labels` [n] index `classes`, which is empty where there are none."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def batch(self, chosen: Sequence[int] | NDArray[np.intp]) -> Batch:
        """The chosen pictures as networks see them."""
        labels = None if self.labels is None else torch.from_numpy(self.labels[chosen])
        return Batch(as_tensor(self.pictures[chosen]), labels)


def as_tensor(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """0…255 to −1…1, laid out as convolutions like it best."""
    return (torch.from_numpy(pictures).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def read(path: Path, recipe: Recipe, most: int | None = None) -> PictureSet:
    """What a run of the recipe learns from, at most `most`; ValueError where the pictures don't fit the recipe."""
    return _read(path, recipe, most, unseen=False)


def read_held_out(path: Path, recipe: Recipe, most: int | None = None) -> PictureSet:
    """The people whom such a run never sees; ValueError where it holds nobody out."""
    return _read(path, recipe, most, unseen=True)


def _read(path: Path, recipe: Recipe, most: int | None, unseen: bool) -> PictureSet:
    if path.suffix == ".csv":
        if recipe.held_out or unseen:
            raise ValueError(f"{path} has splits of its own. Name one in the recipe instead of holding people out.")
        return _fer_table(path, recipe, most)
    people = _people(path) if recipe.held_out else {}

    def wanted(name: str) -> bool:
        person = people.get(PurePosixPath(name).name, name)
        return _is_picture(name, recipe.split) and (share_of(person) < recipe.held_out) == unseen

    files = list(itertools.islice(_files(path, wanted), most))
    if not files:
        raise ValueError(f"{path} has no pictures{f' under {recipe.split}/' if recipe.split else ''} for this.")
    names = [name for name, _ in files]
    pictures = np.stack([_decoded(name, data, recipe) for name, data in files])
    return _checked(PictureSet(pictures, *_classes(path, names, recipe)), recipe, path)


def cut(image: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.uint8]:
    """The central square [channels, size, size] of an image [h, w] or [h, w, 3]."""
    height, width = image.shape[:2]
    side = round(min(height, width) * recipe.crop)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    way = cv2.INTER_AREA if side > recipe.size else cv2.INTER_CUBIC
    resized = cv2.resize(square, (recipe.size, recipe.size), interpolation=way)
    return resized[None] if resized.ndim == 2 else resized.transpose(2, 0, 1)


def _files(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Names, relative to the set, and contents of the wanted files, in the order of their names."""
    if path.is_dir():
        names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*"))
        yield from ((name, (path / name).read_bytes()) for name in names if wanted(name))
        return
    with zipfile.ZipFile(path) as archive:
        yield from ((name, archive.read(name)) for name in sorted(archive.namelist()) if wanted(name))


def _is_picture(name: str, split: str) -> bool:
    place = PurePosixPath(name)
    return place.suffix.lower() in SUFFIXES and (not split or split in place.parts[:-1])


def _people(path: Path) -> dict[str, str]:
    """Who is on each file, where a table says so; elsewhere every file is a person of its own."""
    folder = path if path.is_dir() else path.parent
    for place in (folder / IDENTITIES, folder.parent / IDENTITIES):
        if place.is_file():
            return dict(line.split() for line in place.read_text(encoding="utf-8").splitlines())
    beside = path.with_suffix(".csv")
    table = pd.read_csv(beside, index_col=0, dtype=str) if beside.is_file() else pd.DataFrame()
    return table["person"].to_dict() if "person" in table else {}


def _decoded(name: str, data: bytes, recipe: Recipe) -> NDArray[np.uint8]:
    kind = cv2.IMREAD_GRAYSCALE if recipe.channels == 1 else cv2.IMREAD_COLOR_RGB
    image = cv2.imdecode(np.frombuffer(data, np.uint8), kind)
    if image is None:
        raise ValueError(f"{name} is not a picture that can be read. Remove it from the set.")
    return cut(np.asarray(image, np.uint8), recipe)


def _classes(path: Path, names: list[str], recipe: Recipe) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    if recipe.attribute:
        has = _attribute(path, recipe.attribute)
        labels = has.reindex([PurePosixPath(name).name for name in names])
        if labels.isna().any():
            raise ValueError(f"The table beside {path} says nothing about {labels.index[labels.isna()][0]}.")
        return labels.to_numpy(np.int64), (f"not {recipe.attribute}", recipe.attribute)
    folders = [PurePosixPath(name).parent.name for name in names]
    found = set(folders)
    if len(found) < 2:
        return None, ()
    classes = EMOTIONS if found == set(EMOTIONS) else tuple(sorted(found))
    return np.array([classes.index(folder) for folder in folders], np.int64), classes


def _attribute(path: Path, name: str) -> "pd.Series[int]":
    """For each file of a CelebA whether its face has the attribute, 0 or 1."""
    folders = [path, path.parent] if path.is_dir() else [path.parent]
    places = [folder / table for folder in folders for table in ATTRIBUTE_TABLES]
    for place in [*places, path.with_suffix(".csv")]:
        if place.is_file():
            original = place.suffix == ".txt"  # a count, then names, then −1 or 1 between spaces
            table = pd.read_csv(place, sep=r"\s+", skiprows=1) if original else pd.read_csv(place, index_col=0)
            if name not in table:
                raise ValueError(f"{place} has no attribute {name!r}.")
            return (table[name] > 0).astype(int)
    raise ValueError(f"There is no table of attributes beside {path}; expected {ATTRIBUTE_TABLES[0]}.")


def _fer_table(path: Path, recipe: Recipe, most: int | None) -> PictureSet:
    table = pd.read_csv(path)
    if recipe.split:
        table = table[table["Usage"] == FER_SPLITS.get(recipe.split, recipe.split)]
    table = table.iloc[:most]
    if table.empty:
        raise ValueError(f"{path} has no pictures of the split {recipe.split!r}.")
    images = [np.array(pixels.split(), np.uint8) for pixels in table["pixels"]]
    side = round(np.sqrt(len(images[0])))
    faces = np.stack([cut(image.reshape(side, side), recipe) for image in images])
    pictures = np.repeat(faces, recipe.channels, axis=1)
    return _checked(PictureSet(pictures, table["emotion"].to_numpy(np.int64), EMOTIONS), recipe, path)


def _checked(found: PictureSet, recipe: Recipe, path: Path) -> PictureSet:
    """The set without classes where the recipe wants none; ValueError where it wants others than there are."""
    if not recipe.classes:
        return PictureSet(found.pictures)
    if len(found.classes) != recipe.classes:
        raise ValueError(f"{path} has {len(found.classes)} classes, and {recipe.name} needs {recipe.classes}.")
    return found
