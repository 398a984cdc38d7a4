"""How right the heatmaps of the shipped detector are, as tables in Markdown.

    python -m scripts.evaluate_heatmaps cache/faces/dfdc_pairs cache/faces/videos

On the aligned pairs of `dev`, whose difference shows where the picture was manipulated. Each figure stands beside that
of class activation maps of the same network, and of a blob in the middle of the crop, which knows nothing. The last
three columns ask whether the score was due to what lies there. Two change the hottest part of each map and say how far
the logit falls: covered by a blur, and given back the original's pixels. A blur is a manipulation too, so the second is
the fairer question. The last is ROAD (`core.explain.road`), of fewer pairs, for it takes its time.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.detectors import registry
from core.detectors.networks import load_panel
from core.detectors.registry import Detector
from core.evidence import MediaKind
from core.explain import localisation
from core.explain.cam import of_panel
from core.explain.heat import grown
from core.explain.road import road
from core.judgement.metrics import resampled
from core.settings import settings
from core.splits import assign
from core.training.data import MARGINS, UNTOUCHED, difference_mask
from core.training.face_sets import FaceSet
from core.training.sources import CLIPS

CHANGED = 0.1  # of the crop
BLUR = 0.06  # standard deviation of the cover, as a share of the crop's side
EDGE = 0.02  # the same of its edge: a hard one would be a trace of its own
CUBIC = cv2.INTER_CUBIC
MEASURES: dict[str, Callable[..., NDArray]] = {
    "pointing game": localisation.pointing,
    "overlap": localisation.overlap,
    "patch AUC": localisation.patch_auc,
}

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


def touched_pairs(
    faces: FaceSet, most: int, detector: Detector
) -> tuple[Pictures, Pictures, NDArray[np.bool_], list[str]]:
    """As `crops_of`, without pairs that hardly differ; and the group of each."""
    table = pairs(faces, most)
    crops, originals, masks = crops_of(faces, table, detector)
    touched = masks.mean((1, 2)) > UNTOUCHED
    return crops[touched], originals[touched], masks[touched], table["group"][touched].tolist()


def blurred(crops: Pictures) -> Pictures:
    """Each crop under a blur that leaves no feature of a face."""
    return np.stack([cv2.GaussianBlur(crop, (0, 0), BLUR * len(crop)) for crop in crops])


def without_hottest(crops: Pictures, instead: Pictures, heat: NDArray[np.float32]) -> Pictures:
    """Each crop with the hottest part of its map replaced by what `instead` has there."""
    side, changed = crops.shape[1], []
    for crop, other, one in zip(crops, instead, heat, strict=True):
        hot = localisation.hottest(one, round(CHANGED * side * side)).astype(np.float32)
        soft = cv2.GaussianBlur(hot, (0, 0), EDGE * side)[..., None]
        changed.append(np.rint(other * soft + crop * (1 - soft)).astype(np.uint8))
    return np.stack(changed)


def with_interval(values: NDArray[np.float64], groups: list[str]) -> str:
    """The mean and its 95 % interval over groups."""
    known = ~np.isnan(values)
    weights = resampled(groups)[known]
    low, high = np.percentile((values[known] @ weights) / weights.sum(0), [2.5, 97.5])
    return f"{values[known].mean():.2f} ({low:.2f}–{high:.2f})".replace("-", "−")


def maps_of(detector: Detector, folder: Path, crops: Pictures) -> dict[str, NDArray[np.float32]]:
    """Every map of the crops, [n, size, size]: the detector's, those of its network's gradients, and two that know
    nothing."""
    size = detector.card.crop.size
    found = {"the detector's mask head": detector.heat(crops)}
    if detector.card.network == "panel":
        panel = load_panel(detector.card, (folder / registry.WEIGHTS).read_bytes())
        found |= {f"{name} of its network": grown(maps, size) for name, maps in of_panel(panel, crops).items()}
    noise = np.random.default_rng(0).random((len(crops), 6, 6)).astype(np.float32)
    found["a blob in the middle"] = np.stack([localisation.middle_blob(size)] * len(crops))
    return found | {"at random": np.stack([cv2.resize(one, (size, size), interpolation=CUBIC) for one in noise])}


def report(detector: Detector, folder: Path, faces: Path, most: int, most_road: int) -> None:
    """Prints the table of one face set."""
    crops, originals, masks, groups = touched_pairs(FaceSet.load(faces), most, detector)
    instead = {"covered by a blur": blurred(crops), "given back the original's pixels": originals}
    kind: MediaKind = "video" if faces.name == CLIPS else "image"
    score = partial(detector.score, kind=kind)
    logits, apart = score(crops), -(-len(crops) // most_road)
    print(f"\n{detector.ref.name} {detector.ref.version} on {faces.name}, {len(crops)} pairs of {len(set(groups))} "
          f"groups, ROAD of {len(crops[::apart])}\n")  # fmt: skip
    line("map", *MEASURES, *instead, "ROAD")
    line(*["---"] * (2 + len(MEASURES) + len(instead)))
    for name, heat in maps_of(detector, folder, crops).items():
        right = [measure(heat, masks) for measure in MEASURES.values()]
        falls = [logits - score(without_hottest(crops, other, heat)) for other in instead.values()]
        gains = road(score, crops[::apart], heat[::apart])
        line(name, *(with_interval(figure.astype(float), groups) for figure in (*right, *falls)),
             with_interval(gains, groups[::apart]))  # fmt: skip


def line(*cells: str) -> None:
    """A line of a table in Markdown, at once: the next may take a minute."""
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, nargs="+", help="face sets with aligned pairs, from scripts.prepare_faces")
    parser.add_argument("--most", type=int, default=400, help="pairs of each, at most")
    parser.add_argument("--most-road", type=int, default=100, help="of these, how many are measured by ROAD, at most")
    asked = parser.parse_args()
    folder = settings().shipped_detector
    detector = registry.load(folder)
    for faces in asked.faces:
        report(detector, folder, faces, asked.most, asked.most_road)


if __name__ == "__main__":
    main()
