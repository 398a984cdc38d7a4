"""The gate: a candidate serves only if it is worse nowhere that matters, and better somewhere."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.detectors import registry
from core.detectors.registry import Detector
from core.evidence import MediaKind
from core.judgement.comparison import BY_CHANCE, COLUMNS, LEVEL, WORDS, Compared, Margins, compare, unasked
from core.judgement.shares import needed
from db.gate_answers import Answer
from pipelines.evaluation import Outcome

ROUNDS = 80  # of the race for speed, a crop each
FILES: dict[MediaKind, str] = {"video": "clip", "image": "picture"}

Parts = dict[str, list[Outcome]]


@dataclass(frozen=True)
class Decision:
    """What was decided, why in sentences, and every figure that it rests on.

    `slower` is how many times as long the candidate takes for a face, `most_slower` how many times as long it may.
    """

    promote: bool
    why: tuple[str, ...]
    compared: tuple[Compared, ...]
    slower: float
    most_slower: float
    files: dict[str, int]  # by part, that both could judge
    set_aside: int = 0  # files of the reference set that can't be read, so that nobody was asked about them

    def record(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def decide(
    champion: Parts, candidate: Parts, slower: float, margins: Margins, silent: Sequence[MediaKind] = (),
    set_aside: int = 0,
) -> Decision:
    """From what both said about the same files, part by part.

    `slower`: how many times as long the candidate takes. `silent`: the kinds of media that it can't speak of any more.
    `set_aside`: how many files of the reference set neither was asked about.
    """  # fmt: skip
    tables = {name: table(champion[name], candidate[name]) for name in champion}
    compared = compare(tables, margins)
    against = [_sentence(one) for one in compared if one.finding in ("worse", "not_shown")]
    if slower > margins.slower:
        against.append(f"It takes {slower:.2f} times as long, more than {margins.slower:g} times.")
    against += [f"Of a {FILES[kind]} it can say nothing: fakes do not score higher there." for kind in silent]
    if not any(one.figure == "auc" for one in compared):
        against.append(
            f"Nothing shows what it is worth: there are not {margins.fewest} genuine files and as many fakes. Give the "
            "desk a reference set, or more confirmed verdicts."
        )
    gains = [_sentence(one) for one in compared if one.finding == "better"]
    if not against and not gains:
        against.append("It is worse nowhere, and better nowhere beyond chance. The one that serves stays.")
    allowed = [_allowance(one) for one in compared if one.narrower is not None and one.finding in ("better", "held")]
    lacking = [
        f"{name}: false alarms of this part alone can't be asked about: its genuine files are of "
        f"{_people(groups)}, and it takes {margins.fewest}."
        for name, groups in unasked(tables, margins).items()
    ]
    lacking += _few([one for one in compared if one.finding == "few"])
    lacking += [f"Of the reference set {set_aside} can't be read and were not asked about."] if set_aside else []
    return Decision(not against, tuple((against or gains + allowed) + lacking), tuple(compared), slower,
                    margins.slower, {name: len(rows) for name, rows in tables.items()}, set_aside)  # fmt: skip


def answers(champion: Parts, candidate: Parts) -> list[Answer]:
    """What both said about each file, one by one, for people to read."""
    return [
        _answer(part, one, other)
        for part in champion
        for one, other in zip(champion[part], candidate[part], strict=True)
    ]


def _answer(part: str, champion: Outcome, candidate: Outcome) -> Answer:
    row, before, after = champion.row, champion.evidence, candidate.evidence
    return Answer(
        part=part,
        name=row.get("called", row["file"]),
        label=row["label"],
        method=row["method"],
        champion_band=before.band if before else None,
        champion_score=before.score if before else None,
        candidate_band=after.band if after else None,
        candidate_score=after.score if after else None,
        sha256=row.get("sha256", ""),
    )


def table(champion: Sequence[Outcome], candidate: Sequence[Outcome]) -> pd.DataFrame:
    """The files that both could judge, as `core.judgement.comparison` reads them."""
    rows = []
    for one, other in zip(champion, candidate, strict=True):
        before, after = one.evidence, other.evidence
        if before is None or after is None or before.score is None or after.score is None:
            continue
        known = {name: one.row[name] for name in ("label", "method", "group")}
        rows.append(known | {
            "champion_score": before.score, "candidate_score": after.score,
            "champion_signs": before.band == "signs", "candidate_signs": after.band == "signs",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def times_slower(champion: Path, candidate: Path) -> float:
    """How many times as much computing the candidate takes for a crop, where each is least disturbed.

    Both take turns, and what is counted is the processor's time: on the clock, a busy machine tells how busy it is.
    """
    rivals = [registry.load(folder) for folder in (champion, candidate)]
    took = [[_seconds(rival) for rival in rivals] for _ in range(ROUNDS)]
    was, is_now = (min(times) for times in zip(*took, strict=True))
    return is_now / was


def _seconds(detector: Detector) -> float:
    """Of the processor, for one crop of a clip, by all threads: stills are never many."""
    side = detector.card.crop.size
    crop = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), dtype=np.uint8)
    started = time.process_time()
    detector.score(crop, "video")
    return time.process_time() - started


def _few(unsure: Sequence[Compared]) -> list[str]:
    """What so few could not show, in one sentence."""
    asked = ", ".join(f"{one.where} ({WORDS[one.figure]})" for one in unsure)
    told = (
        "Of too few people or sources to show by themselves that nothing is lost, so that only a loss beyond chance "
        f"would have counted: {asked}. Among all parts they count like any."
    )
    return [told] if unsure else []


def _allowance(one: Compared) -> str:
    """Why a figure was let pass at a wider margin than the plan's."""
    wanted = needed(one.narrower or 0, 1 - LEVEL, BY_CHANCE)
    return (
        f"{one.where}: {WORDS[one.figure]} may have risen by up to {one.margin:g}, not {one.narrower:g}: its "
        f"{one.n_real} genuine files are of {_people(one.groups)}, and where one of these is newly flagged by chance, "
        f"less can't be shown. {wanted} could."
    )


def _people(groups: int | None) -> str:
    return "1 person or source" if groups == 1 else f"{groups} people or sources"


def _sentence(one: Compared) -> str:
    said = {
        "worse": f"which is worse by more than {one.margin:g}",
        "not_shown": f"and a loss of more than {one.margin:g} can't be ruled out",
        "better": "which is better, beyond chance",
        "held": "which is no worse",
    }[one.finding]
    files = f"{one.n_real} genuine" + (f", {one.n_fake} fake" if one.n_fake else "")
    if one.figure == "flagged_genuine" and one.finding == "not_shown":
        none, with_one = needed(one.margin, 1 - LEVEL), needed(one.margin, 1 - LEVEL, BY_CHANCE)
        said += (
            f": that takes {none} genuine files of different people or sources with none of them newly flagged, "
            f"{with_one} with one; here they are of {one.groups}"
        )
    return f"{one.where}: {WORDS[one.figure]} {one.champion:.3f} → {one.candidate:.3f} ({files}), {said}."
