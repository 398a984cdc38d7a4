"""Who may be learned from, chosen by and reported on: the one function that everything uses.

A fifth of `dev` becomes `test` before anything is trained. People, drivers and models that tie two groups together
(`group2`) keep them on the same side.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

SEED = "telltale-1"
TEST_SHARE = 0.2
GATE_SHARE, CALIBRATION_SHARE = 0.2, 0.15  # of what people labelled at a desk


def assign(rows: pd.DataFrame) -> pd.Series:
    """`train`, `dev` or `test` for each row, from its columns `split`, `group` and, where present, `group2`."""
    splits = rows["split"].copy()
    in_dev = splits == "dev"
    names = _component_names(rows[in_dev])
    splits[in_dev] = ["test" if share_of(name) < TEST_SHARE else "dev" for name in names]
    return splits


def set_apart(rows: pd.DataFrame) -> pd.Series:
    """`split` with `choose` in place of `train` for every source that has forgeries, and for what is tied to it.

    A detector that learns from none of these clips can be chosen by all of them: tools and people that are new to
    it. They are more than `dev` has, which keeps its say for calibration.
    """
    train = rows["split"] == "train"
    forging = rows[train & (rows["label"] == "fake")]["dataset"].unique()
    from_forgers = train & rows["dataset"].isin(forging)
    names = pd.Series(_component_names(rows), index=rows.index)
    apart = train & names.isin(names[from_forgers].unique())
    return rows["split"].mask(apart, "choose")


def drawn(group: str) -> str:
    """`gate`, `dev` or `train` for a group of clips that people labelled at a desk.

    `gate` is held apart: on it a new detector must show what it is worth. `dev` is what it is calibrated on.
    """
    lot = share_of(f"desk:{group}")
    if lot < GATE_SHARE:
        return "gate"
    return "dev" if lot < GATE_SHARE + CALIBRATION_SHARE else "train"


def tied(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each name the first one, in alphabetical order, of all that are tied to it, directly or by others."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for first, second in pairs:
        a, b = sorted((root(first), root(second)))
        parent[b] = a
    return {name: root(name) for name in parent}


def share_of(name: str) -> float:
    """A number in 0–1 that depends on `name` alone."""
    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _component_names(rows: pd.DataFrame) -> list[str]:
    """For each row the name of all groups that are tied to its own."""
    seconds = rows["group2"] if "group2" in rows else rows["group"]
    pairs = zip(rows["group"], seconds, strict=True)
    names = tied((first, second if isinstance(second, str) and second else first) for first, second in pairs)
    return [names[name] for name in rows["group"]]
