"""How right the heatmaps of the shipped detector are: `python -m scripts.evaluate_heatmaps cache/faces/dfdc_pairs`.

On the aligned pairs of `dev`, whose difference shows where the picture was manipulated. Each figure stands beside that
of a blob in the middle of the crop, which knows nothing. The last line covers the hottest part of each map, and as
much of the crop at random, with a blur: a map that is right lowers the score by more.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from core.detectors import registry
from core.detectors.registry import Detector
from core.explain import localisation
from core.judgement.metrics import resampled
from core.settings import settings
from core.splits import assign
from core.training.data import MARGINS, UNTOUCHED, difference_mask
from core.training.face_sets import FaceSet

COVERED = 0.1  # of the crop
BLUR = 0.06  # standard deviation of the cover, as a share of the crop's side

Pictures = NDArray[np.uint8]


def pairs(faces: FaceSet, most: int) -> pd.DataFrame:
    """The fakes of `dev` that have an original: columns `fake` and `real` (positions) and `group`."""
    rows = faces.rows.assign(place=np.arange(len(faces.rows)))[assign(faces.rows) == "dev"]
    reals = rows[rows["label"] == "real"].drop_duplicates("pair").set_index("pair")["place"]
    fakes = rows[(rows["label"] == "fake") & rows["pair"].isin(reals.index)].drop_duplicates("pair").head(most)
    return pd.DataFrame(
        {"fake": fakes["place"], "real": fakes["pair"].map(reals), "group": fakes["group"]}
    ).reset_index(drop=True)


def crops_and_masks(faces: FaceSet, table: pd.DataFrame, detector: Detector) -> tuple[Pictures, NDArray[np.bool_]]:
    """The detector's crop of each fake, and where it differs from its original; untouched ones are left out."""
    side, spec = faces.images.shape[1], detector.card.crop
    half = round(side * (1 + 2 * spec.margin) / (1 + 2 * MARGINS[1]) / 2)
    middle = slice(side // 2 - half, side // 2 + half)
    crops, masks = [], []
    for row in table.itertuples():
        fake, real = faces.images[row.fake], faces.images[row.real]
        crops.append(cv2.resize(fake[middle, middle], (spec.size, spec.size)))
        masks.append(cv2.resize(difference_mask(real, fake)[middle, middle], (spec.size, spec.size)) > 0.5)
    return np.stack(crops), np.stack(masks)


def fall_when_covered(detector: Detector, crops: Pictures, heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each logit falls when the hottest part of its map is blurred."""
    side = crops.shape[1]
    covered = []
    for crop, one in zip(crops, heat, strict=True):
        hot = localisation.hottest(one, round(COVERED * side * side)).astype(np.float32)[..., None]
        soft = cv2.GaussianBlur(crop, (0, 0), BLUR * side)
        covered.append(np.rint(soft * hot + crop * (1 - hot)).astype(np.uint8))
    return (detector.score(crops) - detector.score(np.stack(covered))).astype(float)


def with_interval(values: NDArray[np.float64], groups: list[str]) -> str:
    """The mean and its 95 % interval over groups."""
    known = ~np.isnan(values)
    weights = resampled(groups)[known]
    low, high = np.percentile((values[known] @ weights) / weights.sum(0), [2.5, 97.5])
    return f"{values[known].mean():.3f} ({low:.3f}–{high:.3f})"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, help="a face set with aligned pairs, from scripts.prepare_faces")
    parser.add_argument("--most", type=int, default=400, help="pairs, at most")
    asked = parser.parse_args()
    config = settings()
    detector, faces = registry.load(config.shipped_detector), FaceSet.load(asked.faces)
    table = pairs(faces, asked.most)
    crops, masks = crops_and_masks(faces, table, detector)
    touched = masks.mean((1, 2)) > UNTOUCHED
    crops, masks, groups = crops[touched], masks[touched], table["group"][touched].tolist()

    size = detector.card.crop.size
    rng = np.random.default_rng(0)
    noise = rng.random((len(crops), 6, 6)).astype(np.float32)
    maps = {
        "the detector's": detector.heat(crops),
        "blob in the middle": np.stack([localisation.middle_blob(size)] * len(crops)),
        "at random": np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_CUBIC) for one in noise]),
    }
    measures: dict[str, Callable[..., NDArray]] = {
        "pointing game": localisation.pointing,
        "overlap": localisation.overlap,
        "patch AUC": localisation.patch_auc,
    }
    drawn = Table("map", *measures, "fall when covered", title=f"{len(crops)} pairs, {len(set(groups))} groups")
    for name, heat in maps.items():
        figures = [with_interval(measure(heat, masks).astype(float), groups) for measure in measures.values()]
        drawn.add_row(name, *figures, with_interval(fall_when_covered(detector, crops, heat), groups))
    Console(width=120).print(drawn)


if __name__ == "__main__":
    main()
