"""Faces on disk, cut once and read many times: two memory-mapped arrays and a table, one row a face.

images.npy     [n, side, side, 3] uint8 RGB, cut with more margin than any detector uses, so that training
               can vary the margin
landmarks.npy  [n, 468, 2] float32, in pixels of the cut face
rows.csv       what is known about each
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("file", "time", "label", "method", "dataset", "split", "group", "group2", "pair")


@dataclass(frozen=True)
class FaceSet:
    """`rows` has the `COLUMNS`; `pair` is shared by a real and its pixel-aligned fake, empty where there is none."""

    images: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    rows: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> "FaceSet":
        """Opens a set without reading its pictures."""
        return cls(
            images=np.load(folder / "images.npy", mmap_mode="r"),
            landmarks=np.load(folder / "landmarks.npy", mmap_mode="r"),
            rows=pd.read_csv(folder / "rows.csv", keep_default_na=False),
        )

    @classmethod
    def joined(cls, sets: list["FaceSet"]) -> "FaceSet":
        """All `sets` as one, whose pictures stay where they are."""
        return cls(
            images=cast("NDArray[np.uint8]", _Joined([s.images for s in sets])),  # read as all are: one by one
            landmarks=np.concatenate([s.landmarks for s in sets]),
            rows=pd.concat([s.rows for s in sets], ignore_index=True),
        )

    @staticmethod
    def fingerprint(folder: Path) -> str:
        """SHA-256 of what tells one cut of a set from another: its table and its landmarks."""
        found = hashlib.sha256()
        for name in ("rows.csv", "landmarks.npy"):
            found.update((folder / name).read_bytes())
        return found.hexdigest()

    def save(self, folder: Path) -> None:
        """Writes all three; the table last, so that a set without one is known to be unfinished."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "images.npy", self.images)
        np.save(folder / "landmarks.npy", self.landmarks)
        self.rows.to_csv(folder / "rows.csv", index=False)

    def split_by(self, splits: pd.Series) -> "FaceSet":
        """The same faces under another division."""
        return replace(self, rows=self.rows.assign(split=splits))

    def where(self, **values: str) -> NDArray[np.intp]:
        """Positions of the rows whose columns equal all `values`."""
        chosen = np.ones(len(self.rows), bool)
        for column, value in values.items():
            chosen &= (self.rows[column] == value).to_numpy()
        return np.flatnonzero(chosen)


class _Joined:
    """Pictures of several sets, one after the other: a copy of them all would be gigabytes."""

    def __init__(self, parts: Sequence[NDArray[np.uint8]]) -> None:
        self._parts, self._ends = parts, np.cumsum([len(part) for part in parts])

    def __getitem__(self, place: int) -> NDArray[np.uint8]:
        part = int(np.searchsorted(self._ends, place, side="right"))
        return self._parts[part][place - self._ends[part]]  # counted from its end


def assert_no_leak(rows: pd.DataFrame) -> None:
    """ValueError where a person, a source clip or what ties two of them stands on two sides of a split."""
    names = pd.concat(
        [rows[[column, "split"]].set_axis(["name", "split"], axis=1) for column in ("group", "group2")]
    )
    splits = names[names["name"] != ""].groupby("name")["split"].nunique()
    leaking = splits[splits > 1].index.tolist()
    if leaking:
        raise ValueError(f"These groups stand in more than one split: {leaking[:5]} ({len(leaking)} in all).")
