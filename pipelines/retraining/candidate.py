"""From finished runs to a candidate: calibrated as a release is, on files that it did not learn from."""

from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

from core.detectors.card import Card
from core.detectors.registry import read_card
from core.errors import AnalysisFailed
from core.evidence import MediaKind
from core.settings import Settings
from core.training.face_sets import FaceSet
from core.training.sources import CLIPS, KIND_OF, PAIRS, WHOLE
from db.data_versions import DataVersionRow
from pipelines import release
from pipelines.retraining import exams
from pipelines.retraining.exams import Exam, Progress
from pipelines.retraining.gate import Parts
from pipelines.retraining.items import Item
from pipelines.retraining.plan import Lesson

LEARNED_HERE = "Fine-tuned at this desk"
NO_KINDS = "It names no kind of manipulation"
NIGHT = ".n"  # before the number of the run, in the version


def draft(runs: list[Path], faces: dict[str, FaceSet], folder: Path, parent: Card, run_id: int,
          version: DataVersionRow) -> Card:  # fmt: skip
    """The model folder of finished runs; its card claims nothing yet."""
    counts = version.counts["label"]
    told = (
        f"{LEARNED_HERE} on {counts.get('fake', 0)} fake and {counts.get('real', 0)} genuine files whose labels people "
        "gave: what they did not see, it did not learn."
    )
    limits = [limit for limit in parent.limits if not limit.startswith(LEARNED_HERE)]
    about: dict[str, Any] = {
        "name": parent.name,
        "version": f"{parent.version.split(NIGHT)[0]}{NIGHT}{run_id}",
        "limits": [*limits, told],
        "licence": parent.licence,
    }
    card = release.draft([[run] for run in runs], faces, folder, about, kind_sources(parent, faces), weighed_in(parent))
    learned = card.training | {"parent": parent.sha256, "data_version": version.sha256, "files": version.counts}
    scales = dict.fromkeys(parent.scales, release.NO_CLAIM)
    card = card.model_copy(update={"training": learned, "quality": parent.quality, "scales": scales,
                                   "limits": (*card.limits, *_lost(card, parent))})  # fmt: skip
    release.write(card, folder)
    return card


def _lost(card: Card, parent: Card) -> list[str]:
    """What the parent could do and its heir can't, for its card."""
    if card.kinds is not None or parent.kinds is None:
        return []
    return [f"{NO_KINDS}: on the night when it learned, the base face sets that show kinds were not at hand."]


def kind_sources(parent: Card, faces: dict[str, FaceSet]) -> list[str]:
    """The sources that show the kinds that the parent names; none where the base sets that they draw from lack."""
    if parent.kinds is None or not {CLIPS, PAIRS, WHOLE} <= faces.keys():
        return []
    return [name for name, kind in KIND_OF.items() if kind in parent.kinds.names]


def weighed_in(parent: Card) -> release.Fusion | None:
    """What each expert of a detector weighs: a night's few files are none to weigh its heirs' by."""
    fusion = parent.training.get("fusion")
    return fusion and (fusion["weights"], fusion["offset"])


def silent(card: Card, parent: Card) -> list[MediaKind]:
    """Kinds of media that the parent makes a claim about and this detector none."""
    return [kind for kind, scale in parent.scales.items()
            if scale.thresholds.genuine and not card.scales[kind].thresholds.genuine]  # fmt: skip


def calibrate(
    folder: Path, parent: Card, wanted: list[Item], lesson: Lesson, config: Settings, progress: Progress
) -> Card:
    """The card of the candidate in `folder` with probabilities, thresholds and figures.

    From the reference set and the desk's own files for calibration, and from worn copies of both.

    Raises:
        AnalysisFailed: `cannot_calibrate`.
    """
    fresh = [*exams.of_reference(config), of_desk(wanted, config)]
    held_out = exams.sit(fresh, folder, config, lambda done, total: progress(done, 2 * total))
    worn = [copy for exam in fresh if (copy := exam.worn(held_out[exam.name])).rows]
    copies = exams.sit(worn, folder, config, lambda done, total: progress(total + done, 2 * total))
    card = _scaled(read_card(folder), held_out, copies, parent, lesson.calibrate_on)
    said = {"dev": release.figures(held_out, card, folder), "worn": release.figures(copies, card, folder)}
    card = card.model_copy(update={"figures": said})
    release.write(card, folder)
    return card


def refuse_hopeless(parent: Card, wanted: list[Item], lesson: Lesson, config: Settings) -> None:
    """Before a night is spent: without a reference set, the desk's own files must be enough to calibrate on.

    Raises:
        AnalysisFailed: `cannot_calibrate`.
    """
    if exams.of_reference(config):
        return
    counts = Counter((item.kind, item.label) for item in wanted if item.split == "dev")
    least = lesson.calibrate_on
    borne = {kind for kind in parent.scales if min(counts[kind, "real"], counts[kind, "fake"]) >= least}
    _refuse_unborne(parent, borne, least)


def of_desk(wanted: list[Item], config: Settings) -> Exam:
    """The desk's files that thresholds are set on."""
    return exams.of_items("desk", [item for item in wanted if item.split == "dev"], config)


def _scaled(card: Card, held_out: Parts, copies: Parts, parent: Card, least: int) -> Card:
    """The card, with scales for the kinds of media that enough files bear; those that the parent claims, they must."""
    scored = [one.record() for part in held_out.values() for one in part if one.evidence]
    counts = Counter((one["kind"], one["label"]) for one in scored if one["raw_score"] is not None)
    borne = {kind for kind in parent.scales if min(counts[kind, "real"], counts[kind, "fake"]) >= least}
    _refuse_unborne(parent, borne, least)
    ordered = {kind for kind in borne if _fakes_score_higher(scored, kind)}
    if not ordered:
        return card
    fresh, worn = (
        {name: [one for one in part if one.evidence and one.record()["kind"] in ordered]
         for name, part in parts.items()}
        for parts in (held_out, copies)
    )  # fmt: skip
    scaled = release.calibrated(card, fresh, [one for part in worn.values() for one in part])
    return scaled.model_copy(update={"scales": card.scales | scaled.scales})


def _refuse_unborne(parent: Card, borne: set[MediaKind], least: int) -> None:
    """Where the parent makes a claim, its heir must be able to make one."""
    claimed = {kind for kind, scale in parent.scales.items() if scale.thresholds.genuine}
    if not borne or claimed - borne:
        files = " and ".join({"video": "clips", "image": "pictures"}[kind] for kind in sorted(claimed - borne))
        raise AnalysisFailed(
            "cannot_calibrate",
            f"Thresholds for {files or 'anything'} need {least} genuine and {least} fake files that nothing was "
            "learned from. Give the desk a reference set, or wait for more verdicts.",
        )


def _fakes_score_higher(scored: list[dict[str, Any]], kind: str) -> bool:
    """Whether scores of one kind run the right way: otherwise no calibration can read them, and none is fitted."""
    raws = {
        label: [one["raw_score"] for one in scored
                if (one["kind"], one["label"]) == (kind, label) and one["raw_score"] is not None]
        for label in ("real", "fake")
    }  # fmt: skip
    return fmean(raws["fake"]) > fmean(raws["real"])
