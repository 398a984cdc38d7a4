"""How right the heatmaps of the shipped detector are: `python -m scripts.evaluate_heatmaps cache/faces/dfdc_pairs`.

On the aligned pairs of `dev`, whose difference shows where the picture was manipulated. Each figure stands beside that
of a blob in the middle of the crop, which knows nothing. The last two columns change the hottest part of each map and
say how far the logit falls: covered by a blur, and given back the original's pixels. A blur is a manipulation too, so
the second is the fairer question: was the score due to what lies there?
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

CHANGED = 0.1  # of the crop
BLUR = 0.06  # standard deviation of the cover, as a share of the crop's side
EDGE = 0.02  # the same of its edge: a hard one would be a trace of its own

Pictures = NDArray[np.uint8]


def pairs(faces: FaceSet, most: int) -> pd.DataFrame:
    """The fakes of `dev` that have an original: columns `fake` and `real` (positions) and `group`."""
    rows = faces.rows.assign(place=np.arange(len(faces.rows)))[assign(faces.rows) == "dev"]
    reals = rows[rows["label"] == "real"].drop_duplicates("pair").set_index("pair")["place"]
    fakes = rows[(rows["label"] == "fake") & rows["pair"].isin(reals.index)].drop_duplicates("pair").head(most)
    return pd.DataFrame(
        {"fake": fakes["place"], "real": fakes["pair"].map(reals), "group": fakes["group"]}
    ).reset_index(drop=True)


def crops_of(faces: FaceSet, table: pd.DataFrame, detector: Detector) -> tuple[Pictures, Pictures, NDArray[np.bool_]]:
    """The detector's crop of each fake, that of its original, and where the two differ."""
    side, spec = faces.images.shape[1], detector.card.crop
    half = round(side * (1 + 2 * spec.margin) / (1 + 2 * MARGINS[1]) / 2)
    middle = slice(side // 2 - half, side // 2 + half)
    fakes, reals, masks = [], [], []
    for row in table.itertuples():
        fake, real = faces.images[row.fake], faces.images[row.real]
        fakes.append(cv2.resize(fake[middle, middle], (spec.size, spec.size)))
        reals.append(cv2.resize(real[middle, middle], (spec.size, spec.size)))
        masks.append(cv2.resize(difference_mask(real, fake)[middle, middle], (spec.size, spec.size)) > 0.5)
    return np.stack(fakes), np.stack(reals), np.stack(masks)


def blurred(crops: Pictures) -> Pictures:
    """Each crop under a blur that leaves no feature of a face."""
    return np.stack([cv2.GaussianBlur(crop, (0, 0), BLUR * len(crop)) for crop in crops])


def fall(detector: Detector, crops: Pictures, instead: Pictures, heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each logit falls when the hottest part of its map is replaced by what `instead` has there."""
    side, changed = crops.shape[1], []
    for crop, other, one in zip(crops, instead, heat, strict=True):
        hot = localisation.hottest(one, round(CHANGED * side * side)).astype(np.float32)
        soft = cv2.GaussianBlur(hot, (0, 0), EDGE * side)[..., None]
        changed.append(np.rint(other * soft + crop * (1 - soft)).astype(np.uint8))
    return (detector.score(crops) - detector.score(np.stack(changed))).astype(float)


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
    crops, originals, masks = crops_of(faces, table, detector)
    touched = masks.mean((1, 2)) > UNTOUCHED
    crops, originals, masks = crops[touched], originals[touched], masks[touched]
    groups = table["group"][touched].tolist()

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
    instead = {"fall, covered": blurred(crops), "fall, given back": originals}
    drawn = Table("map", *measures, *instead, title=f"{len(crops)} pairs, {len(set(groups))} groups")
    for name, heat in maps.items():
        figures = [measure(heat, masks).astype(float) for measure in measures.values()]
        figures += [fall(detector, crops, other, heat) for other in instead.values()]
        drawn.add_row(name, *(with_interval(figure, groups) for figure in figures))
    Console(width=140).print(drawn)


if __name__ == "__main__":
    main()
