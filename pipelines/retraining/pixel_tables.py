"""FER2013 as it was first given out: one table with a row a face, its grey values as text. Made into pictures here."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import MediaRefused
from pipelines.originals import open_regular

TABLE = "fer2013.csv"
SIDE = 48  # px
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # by their number in the table
SPLITS = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
LARGEST = 1 << 29  # bytes; the real one has 3 · 10⁸


def unroll(table: Path, folder: Path) -> None:
    """Every row as a picture of its own, `train/happy/Training_7.png`, without loss.

    Raises:
        MediaRefused: `bad_manifest`, with the number of the row that is none.
    """
    number = 0
    with open_regular(table) as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise _refusal(table, f"it has more than {LARGEST:,} bytes")
        lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", errors="replace")
        try:
            for number, row in enumerate(_rows(lines), 1):
                _save(row, number, folder)
        except (KeyError, ValueError, AttributeError, csv.Error) as error:
            raise _refusal(table, f"row {number or 1}: {type(error).__name__} {error}") from error


def _save(row: dict[str, str], number: int, folder: Path) -> None:
    picture, emotion = _picture(row["pixels"]), EMOTIONS[_small(row["emotion"], len(EMOTIONS))]
    place = folder / SPLITS[row["Usage"]] / emotion
    place.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(place / f"{row['Usage']}_{number}.png")


def _rows(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """One edition has spaces before the names of its columns."""
    return csv.DictReader(lines, [name.strip() for name in next(lines, "").split(",")])


def _picture(pixels: str) -> NDArray[np.uint8]:
    values = [_small(value, 256) for value in pixels.split()]
    return np.array(values, np.uint8).reshape(SIDE, SIDE)


def _small(text: str, below: int) -> int:
    number = int(text)
    if not 0 <= number < below:
        raise ValueError(f"{text!r} is not below {below}")
    return number


def _refusal(table: Path, why: str) -> MediaRefused:
    told = f"The columns are emotion (0–6), pixels ({SIDE * SIDE} grey values, 0–255) and Usage ({', '.join(SPLITS)})."
    return MediaRefused("bad_manifest", f"{table.name} is not the table of FER2013 ({why}). {told}")
