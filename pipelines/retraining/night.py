"""A night of learning, from verdicts to a decision. Killed at any moment and called again, it goes on where it was.

What serves changes in one transaction at the very end, or not at all.
"""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

from core.detectors.card import Card
from core.errors import Cancelled
from core.settings import Settings
from db import data_versions, gate_answers, model_versions, people, reference_faults, training_runs
from db.data_versions import DataVersionRow
from db.gate_answers import Answer
from db.model_versions import LONGEST, Version
from db.rights import User
from db.session import patiently, session
from db.training_runs import TrainingRunRow
from pipelines import serving
from pipelines.retraining import candidate, exams, gate, generators, items
from pipelines.retraining.build import build
from pipelines.retraining.faces import base_sets, desk_sets, sources
from pipelines.retraining.gate import Decision, Parts
from pipelines.retraining.items import Item, training_home
from pipelines.retraining.learning import learn
from pipelines.retraining.plan import Plan

TIME_LEFT = 0.8  # of a night, from which on nothing new is begun
NEWEST = 400  # verdicts held apart that the gate asks about
STAGES = {"data": 0, "faces": 10, "learning": 15, "calibration": 65, "gate": 85}  # percent at which each begins
NO_BASE = "There are no base face sets at {}: only what people confirmed is learned from, and more may be forgotten."
WRITE_EVERY = 2.0  # s between two lines of progress in the database

log = logging.getLogger("telltale.retraining")


@dataclass(frozen=True)
class _Begun:
    """What a run starts from."""

    run: TrainingRunRow
    version: DataVersionRow
    items: list[Item]
    champion: Version
    serves: Path  # the champion's folder
    card: Card
    folder: Path  # of the run
    actor: User  # the desk itself


def retrain(config: Settings, run_id: int, holder: str) -> Decision:
    """The whole night of a run that this process has claimed. Where time is left, generators draw for the next one.

    Raises:
        Cancelled: somebody asked to stop.
        TelltaleError: why it can't come to a decision.
    """
    started, report, plan = time.monotonic(), Report(config, run_id, holder), Plan.read(config.retrain_plan)
    begun = _begin(config, run_id, report)
    candidate.refuse_hopeless(begun.card, begun.items, plan.lesson, config)
    folder = _candidate(begun, plan, config, report)
    card = candidate.calibrate(folder, begun.card, begun.items, plan.lesson, config, report.within("calibration"))
    decision, answers = _judged(begun, card, folder, plan, config, report)
    _conclude(begun, card, folder, decision, answers, config, holder)
    shutil.rmtree(begun.folder, ignore_errors=True)
    if time.monotonic() - started < TIME_LEFT * 60 * begun.run.minutes:
        generators.refresh(config, begun.actor, seed=run_id, device=begun.run.device)
    return decision


class Report:
    """Writes a run's progress as it comes, not too often, and hears whether to stop."""

    def __init__(self, config: Settings, run_id: int, holder: str) -> None:
        self._config, self._run_id, self._holder = config, run_id, holder
        self._started, self._written, self._first = time.monotonic(), 0.0, 0.0
        self._stage = ""

    def within(self, stage: str) -> Callable[[int, int], None]:
        """A function that is told how much of a stage is done."""
        begins = STAGES[stage]
        ends = min([percent for percent in STAGES.values() if percent > begins], default=100)

        def told(done: int, total: int) -> None:
            self._tell(stage, begins + (ends - begins) * done / max(total, 1))

        told(0, 1)
        return told

    def _tell(self, stage: str, percent: float) -> None:
        moment = time.monotonic()
        if stage == self._stage and moment - self._written < WRITE_EVERY:
            return
        if stage != self._stage:
            log.info("%s", stage)
            self._first = self._first or percent
        self._written, self._stage = moment, stage
        gone = percent - self._first
        left = (moment - self._started) * (100 - percent) / gone if gone > 1 else None
        if patiently(lambda: self._written_down(stage, percent, left)):
            raise Cancelled("cancelled", "Somebody asked to stop this run.")

    def _written_down(self, stage: str, percent: float, left: float | None) -> bool:
        with session(self._config) as opened:
            return training_runs.progress(opened, self._run_id, self._holder, stage, percent, left)


def _begin(config: Settings, run_id: int, report: Report) -> _Begun:
    """Data and champion of a run: chosen at its first start, and the same at every later one."""
    report.within("data")
    with session(config) as opened:
        run = training_runs.get(opened, run_id)
        assert run is not None
        actor = people.desk_user(opened)
    if run.data_version is None:
        version, champion = build(config, actor), serving.in_service(config)
        with session(config) as opened:
            training_runs.begun_with(opened, run_id, version.sha256, champion.id)
    else:
        with session(config) as opened:
            known, before = data_versions.by_sha256(opened, run.data_version), run.champion_id
            served = model_versions.get(opened, before) if before is not None else None
        assert known, "it was kept before it was written down"
        assert served, "it is written down beside the data"
        version, champion = known, served
    serves, card = serving.folder_of(config, champion), champion.read_card()
    assert card is not None, "it has a folder"
    folder = _folder_of(config, run_id)
    return _Begun(run, version, items.read(config, version.sha256), champion, serves, card, folder, actor)


def _folder_of(config: Settings, run_id: int) -> Path:
    """Where a run keeps its work. What runs before it left is of no more use: there is one at a time."""
    folder = training_home(config) / "runs" / str(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other)
    return folder


def _candidate(begun: _Begun, plan: Plan, config: Settings, report: Report) -> Path:
    """The model folder that was learned. A finished one is kept: its weights may not change under its answers."""
    folder = begun.folder / "model"
    if folder.is_dir():
        return folder
    report.within("faces")
    desk, base = desk_sets(config, begun.items, begun.folder / "faces"), base_sets(config)
    if not base:
        log.warning(NO_BASE.format(config.base_faces))
    drawn = sources(desk, base, plan.lesson)
    runs = learn(begun.card, begun.serves, desk, drawn, plan.lesson, begun.run.device, begun.run.minutes * 60,
                 begun.folder, report.within("learning"))  # fmt: skip
    beside = begun.folder / "model.part"
    shutil.rmtree(beside, ignore_errors=True)
    candidate.draft(runs, desk | base, beside, begun.card, begun.run.id, begun.version)
    beside.rename(folder)
    return folder


def _judged(
    begun: _Begun, card: Card, folder: Path, plan: Plan, config: Settings, report: Report
) -> tuple[Decision, list[Answer]]:
    """Both detectors before the same files: the reference set, the newest verdicts held apart, and imports."""
    asked = [*exams.of_reference(config), *_held_apart(begun.items, config)]
    told = report.within("gate")
    of_candidate = exams.sit(asked, folder, config, lambda done, total: told(done, 2 * total))
    of_champion = exams.sit(asked, begun.serves, config, lambda done, total: told(total + done, 2 * total))
    slower = gate.times_slower(begun.serves, folder)
    before, after = _joined(of_champion, config), _joined(of_candidate, config)
    with session(config) as opened:
        aside = len(reference_faults.set_aside(opened))
    decision = gate.decide(before, after, slower, plan.gate, candidate.silent(card, begun.card), aside)
    return decision, gate.answers(before, after)


def _held_apart(wanted: list[Item], config: Settings) -> list[exams.Exam]:
    apart = [item for item in wanted if item.split == "gate"]
    verdicts = sorted((item for item in apart if item.came == "verdict"), key=lambda item: item.at, reverse=True)
    others = [item for item in apart if item.came != "verdict"]
    named = {"newest verdicts": verdicts[:NEWEST], "imports": others}
    return [exams.of_items(name, chosen, config) for name, chosen in named.items() if chosen]


def _joined(found: Parts, config: Settings) -> Parts:
    """All manifests of the reference set are one part: a method's fakes meet all genuine files."""
    names = {exam.name for exam in exams.of_reference(config)}
    whole = [one for name in sorted(names) for one in found[name]]
    return ({"reference": whole} if whole else {}) | {k: v for k, v in found.items() if k not in names}


def _conclude(
    begun: _Begun, card: Card, folder: Path, decision: Decision, answers: list[Answer], config: Settings, holder: str
) -> None:
    """Register the candidate, and let it serve or refuse it, in one transaction with the end of the run."""
    kept = serving.keep(config, folder)
    patiently(lambda: _written(begun, card, kept, decision, answers, config, holder))


def _written(
    begun: _Begun, card: Card, kept: str, decision: Decision, answers: list[Answer], config: Settings, holder: str
) -> None:
    said = shorten(" ".join(decision.why), LONGEST, placeholder=" …")  # all of it stands in the decision
    with session(config) as opened:
        training_runs.hold(opened, begun.run.id, holder)  # the run, then files, then the log, which `register` takes
        known = gate_answers.hold(opened, answers)
        made = model_versions.register(opened, begun.actor, card, kept, begun.champion.id, begun.version.sha256)
        serves = model_versions.champion(opened)
        moved = serves is None or serves.id != begun.champion.id
        record: dict[str, Any] = decision.record() | {"champion_moved": moved, "dry_run": begun.run.dry_run}
        training_runs.finish(opened, begun.run.id, holder, record, made.id)
        gate_answers.keep(opened, begun.run.id, answers, known)
        if made.state != "candidate" or begun.run.dry_run or moved:
            return
        if decision.promote:
            model_versions.promote(opened, begun.actor, made.id, said)
        else:
            model_versions.refuse(opened, begun.actor, made.id, said)
