"""From a finished training run to a model folder: calibrated, with thresholds, figures and a card."""

import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from core.detectors import registry
from core.detectors.card import Calibration, Card, CropSpec, Kinds, QualityGate, Scale, Thresholds
from core.detectors.export import export
from core.detectors.networks import CloseLook, FaceNet, MaskedFaceNet, Panel
from core.hashing import hashed
from core.judgement import fusion
from core.judgement.calibration import scale
from core.settings import Settings
from core.training.face_sets import FaceSet
from core.training.kinds import taught
from core.training.loop import mean
from core.training.recipe import Recipe
from core.training.sources import KIND_OF, STILLS, held_out, sources
from core.training.validation import dev_logits
from core.version import revision
from pipelines.evaluation import Outcome, analysed, report
from pipelines.manifests import read_manifest
from pipelines.media.crops import CROP_VERSION
from pipelines.media.judge import rejudged
from pipelines.wearing import worn_copy

Runs = Sequence[Path]  # folders of finished runs
Fusion = tuple[list[float], float]  # the weight of each expert in the judgement of a still, and an offset

FALSE_ALARM_RATE = 0.05

# Below these the training never went: its pictures were shrunk to a third, blurred and darkened, but not further.
QUALITY = QualityGate(
    min_face_px=40, min_sharpness=5.0, min_brightness=0.08, min_contrast=0.04, max_yaw=65, min_frames=4
)
NO_CLAIM = Scale(  # whatever it scores, it says that it can't decide
    calibration=Calibration(scale=1.0, offset=0.0),
    thresholds=Thresholds(signs=math.inf, no_signs=-math.inf, false_alarm_rate=FALSE_ALARM_RATE, genuine=()),
)


def draft(
    experts: Sequence[Runs], faces: dict[str, FaceSet], folder: Path, about: dict[str, Any],
    kind_sources: Iterable[str] = (), fusion: Fusion | None = None,
) -> Card:
    """Joins experts into a panel in `folder`, with a card that claims nothing yet. Each is the mean of some runs.

    Its crop is that of the first run: all have seen every margin. Where several experts judge a still they weigh what
    `fusion` says, or as much as on `dev` they are worth. It is taught to name kinds by the sources that it
    learned from, and by `kind_sources`.
    """  # fmt: skip
    recipes = [recipe_of(run) for runs in experts for run in runs]
    first = recipes[0]
    if any((r.architecture, r.size) != (first.architecture, first.size) for r in recipes):
        raise ValueError("The experts of a panel must see crops of the same size in the same architecture.")
    networks = [expert(runs) for runs in experts]
    panel = Panel(networks, *(fusion or fitted(networks, faces, first))).eval()
    learned = {name for recipe in recipes for name in recipe.shares}
    kinds = kinds_taught(panel, faces, learned | set(kind_sources), first)
    folder.mkdir(parents=True, exist_ok=True)
    sha256, graph_sha256 = export(panel, first.size, folder)
    card = Card(
        sha256=sha256,
        graph_sha256=graph_sha256,
        architecture=first.architecture,
        experts=tuple(map(mixture, experts)),
        crop=CropSpec(version=CROP_VERSION, size=first.size, margin=first.margin),
        scales={"video": NO_CLAIM, "image": NO_CLAIM},
        quality=QUALITY,
        kinds=kinds,
        training={
            "recipes": [recipe.model_dump() for recipe in {one.name: one for one in recipes}.values()],
            "fusion": {"weights": panel.weights.tolist(), "offset": panel.offset.item()},
            "revision": revision(),
        },
        figures={},
        **about,
    )
    write(card, folder)
    return card


def mixture(runs: Runs) -> str:
    """What an expert was made of: "first", "first and second", "first and 2 × second"."""
    counts = Counter(recipe_of(run).name for run in runs)
    return " and ".join(name if count == 1 else f"{count} × {name}" for name, count in counts.items())


def recipe_of(run: Path) -> Recipe:
    """What a run was made of."""
    return Recipe.model_validate(json.loads((run / "checkpoint.json").read_text())["recipe"])


def expert(runs: Runs) -> MaskedFaceNet:
    """The mean of the networks that finished runs left."""
    network = MaskedFaceNet(FaceNet(recipe_of(runs[0]).architecture))
    network.load_state_dict(mean(runs))
    return network


def fitted(experts: list[MaskedFaceNet], faces: dict[str, FaceSet], recipe: Recipe) -> Fusion:
    """What each expert weighs in the judgement of a still, from the stills of `dev`; one alone weighs all."""
    if len(experts) == 1:
        return [1.0], 0.0
    stills = {name: faces[name] for name in STILLS if name in faces}
    asked = [experts[0].face_net, *(CloseLook(one.face_net) for one in experts[1:])]
    table = dev_logits(stills, asked, recipe)
    columns = [str(number) for number in range(len(experts))]
    return fusion.fit(
        table[columns].to_numpy(float), (table["label"] == "fake").to_numpy(), table["set"].to_numpy(str)
    )


def kinds_taught(panel: Panel, faces: dict[str, FaceSet], shown: Iterable[str], recipe: Recipe) -> Kinds | None:
    """Teaches the panel the kinds that these sources show; None where they are of one kind only, or of none."""
    names = sorted(KIND_OF.keys() & set(shown))
    if len({KIND_OF[name] for name in names}) < 2:
        return None
    return taught(panel, sources(faces, names), sources(held_out(faces), names), recipe.size, recipe.seed)


def write(card: Card, folder: Path) -> None:
    """The card beside its weights."""
    (folder / registry.CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")


def outcomes(
    data: Path, names: Iterable[str], split: str, folder: Path, config: Settings
) -> dict[str, list[Outcome]]:
    """What the detector in `folder` says about the `split` of each manifest in `data`."""
    detector = registry.load(folder)
    found = {}
    for name in names:
        rows = read_manifest(data / f"{name}.csv", split, None).to_dict("records")
        archive = data / f"{name}.zip"
        found[name] = list(analysed(rows, archive if archive.is_file() else data / name, detector, config))
    return found


def worn_outcomes(data: Path, name: str, split: str, folder: Path, config: Settings) -> list[Outcome]:
    """The same about copies of a manifest's clips, as messengers hand them on."""
    detector = registry.load(folder)
    rows = read_manifest(data / f"{name}.csv", split, None).to_dict("records")
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows:
            worn_copy(data / name / row["file"], Path(scratch) / row["file"])
        return list(analysed(rows, Path(scratch), detector, config))


def calibrated(card: Card, held_out: dict[str, list[Outcome]], worn: list[Outcome]) -> Card:
    """The card with probabilities and thresholds from held-out outcomes, and those of worn copies."""
    fresh = [o.record() | {"worn": False} for part in held_out.values() for o in part if o.evidence]
    copies = [o.record() | {"worn": True} for o in worn if o.evidence]
    table = pd.DataFrame(fresh + copies).rename(columns={"raw_score": "raw"}).dropna(subset="raw")
    scales = {kind: scale(part, FALSE_ALARM_RATE) for kind, part in table.groupby("kind")}
    return card.model_copy(update={"scales": scales})


def figures(found: dict[str, list[Outcome]], card: Card, folder: Path) -> dict[str, Any]:
    """What `scripts.evaluate` would write about each set, without its list of files."""
    detector = registry.load(folder)
    said = {}
    for name, part in found.items():
        read_anew = [replace(o, evidence=o.evidence and rejudged(o.evidence, card)) for o in part]
        whole = report(read_anew, detector)
        said[name] = {key: value for key, value in whole.items() if key not in ("files", "model")}
    return said


def learned_from(data: Path, names: Iterable[str]) -> dict[str, Any]:
    """What a run learned from: hash of each manifest, and files by data set and label."""
    told = {}
    for name in names:
        manifest = data / f"{name}.csv"
        rows = read_manifest(manifest, "train", None)
        counts = Counter(f"{row.dataset} {row.label}" for row in rows.itertuples())
        told[name] = {
            "manifest_sha256": hashed(manifest),
            "files": dict(sorted(counts.items())),
        }
    return told
