"""Face sets of a data version, and what each batch draws from them and from the base sets."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import AnalysisFailed
from core.settings import Settings
from core.training.data import Draw, across, aligned, self_blended, unaligned
from core.training.face_sets import COLUMNS, FaceSet, assert_no_leak
from pipelines.face_cutting import TRAINING_CROP
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.cutting import POINTS
from pipelines.retraining.items import Item, path_of
from pipelines.retraining.plan import Lesson

Sources = dict[str, Draw]
Shares = dict[str, int]


def desk_sets(config: Settings, wanted: Iterable[Item], folder: Path) -> dict[str, FaceSet]:
    """The cut faces of all items that are not held apart, as a set for each kind of media; kept in `folder`."""
    by_kind: dict[str, list[Item]] = defaultdict(list)
    for item in wanted:
        if item.split != "gate":
            by_kind[item.kind].append(item)
    with Cuts(config) as cuts:
        for kind, of_kind in by_kind.items():
            if not (folder / kind / "rows.csv").is_file():
                _write(folder / kind, of_kind, config, cuts)
    return {f"desk {kind}": FaceSet.load(folder / kind) for kind in sorted(by_kind)}


def base_sets(config: Settings) -> dict[str, FaceSet]:
    """The sets that the detector is reminded of; none where there is no such folder."""
    sets = {path.parent.name: FaceSet.load(path.parent) for path in sorted(config.base_faces.glob("*/rows.csv"))}
    for faces in sets.values():
        assert_no_leak(faces.rows)
    return sets


def sources(desk: dict[str, FaceSet], base: dict[str, FaceSet], lesson: Lesson) -> tuple[Sources, Shares]:
    """What the batches draw: each kind of the desk's media as much as any other, and each base set too.

    Raises:
        AnalysisFailed: `one_label` where nothing stands against what the desk confirmed.
    """
    new = {name: draw for name, faces in desk.items() if (draw := _against(faces, desk, base))}
    old = {f"base {name}": draw for name, faces in base.items() if (draw := _replayed(faces))}
    if not new:
        raise AnalysisFailed("one_label", "There are genuine files alone, or fakes alone: nothing to tell apart.")
    shares = _dealt(list(new), lesson.learned) | _dealt(list(old), lesson.replayed)
    return {name: draw for name, draw in (new | old).items() if name in shares}, shares


def _write(folder: Path, of_kind: list[Item], config: Settings, cuts: Cuts) -> None:
    """Straight to the disk, for all of them need not fit into memory; the table comes last (see `FaceSet.save`)."""
    counts = [len(cuts.of(item.sha256, path_of(config, item)).times) for item in of_kind]
    side, total = TRAINING_CROP.size, sum(counts)
    folder.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (total, side, side, 3))
    landmarks = np.lib.format.open_memmap(folder / "landmarks.npy", "w+", np.float32, (total, POINTS, 2))
    rows, end = [], 0
    for item in of_kind:
        cut = cuts.of(item.sha256, path_of(config, item))
        start, end = end, end + len(cut.times)
        images[start:end], landmarks[start:end] = cut.images, cut.landmarks
        rows += [_row(item, time) for time in cut.times.tolist()]
    images.flush()
    landmarks.flush()
    beside = folder / "rows.part"
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(beside, index=False)
    beside.replace(folder / "rows.csv")


def _row(item: Item, time: float) -> dict[str, str | float]:
    return {"file": item.sha256, "time": time, "label": item.label, "method": item.method, "dataset": item.dataset,
            "split": item.split, "group": item.group, "group2": "", "pair": ""}  # fmt: skip


def _against(faces: FaceSet, desk: dict[str, FaceSet], base: dict[str, FaceSet]) -> Draw | None:
    """The desk's fakes beside its genuine files; where one label is missing, it is borrowed where it is richest."""
    if _has(faces, "fake") and _has(faces, "real"):
        return unaligned(faces)
    others = [one for one in (*desk.values(), *base.values()) if one is not faces]
    if _has(faces, "fake"):
        lender = _richest(others, "real")
        return across(faces, lender) if lender else None
    lender = _richest(others, "fake")
    return across(lender, faces) if lender and _has(faces, "real") else None


def _replayed(faces: FaceSet) -> Draw | None:
    """How a base set is drawn from: by its aligned pairs, else by both labels, else by blending what is genuine."""
    if not _has(faces, "real"):
        return None
    if not _has(faces, "fake"):
        return self_blended(faces)
    return aligned(faces) if (faces.rows["pair"] != "").any() else unaligned(faces)


def _has(faces: FaceSet, label: str) -> bool:
    return len(faces.where(label=label, split="train")) > 0


def _richest(sets: list[FaceSet], label: str) -> FaceSet | None:
    found = max(sets, key=lambda faces: len(faces.where(label=label, split="train")), default=None)
    return found if found is not None and _has(found, label) else None


def _dealt(names: list[str], pairs: int) -> Shares:
    """`pairs` among all names, as evenly as it goes; a name that gets none is left out."""
    shares = {name: pairs // len(names) + (place < pairs % len(names)) for place, name in enumerate(names)}
    return {name: share for name, share in shares.items() if share}
