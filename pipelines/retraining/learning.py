"""Fine-tuning: each expert of the detector in service goes on from its own weights, in the recipe's own loop."""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from safetensors.torch import load_file, save_file

from core.detectors.card import Card
from core.detectors.registry import WEIGHTS
from core.devices import one_device
from core.errors import AnalysisFailed
from core.training.data import PairStream
from core.training.face_sets import FaceSet
from core.training.loop import LEARNED, Run, train
from core.training.recipe import Recipe
from core.training.validation import validation
from pipelines.retraining.faces import Shares, Sources
from pipelines.retraining.plan import Lesson

PLANNED = "plan.json"
TRIED = 4  # steps by which the speed is measured; the first of them warms up

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Schooling:
    """What a run was begun with; a run that goes on after a kill must be the same."""

    steps: int  # of each expert
    shares: Shares


def learn(
    card: Card, champion: Path, desk: dict[str, FaceSet], drawn: tuple[Sources, Shares], lesson: Lesson,
    device: str, seconds: float, folder: Path, progress: Progress,
) -> list[Path]:
    """Trains every expert for its share of `seconds`; gives their run folders. Called again after a kill, it goes on.

    Raises:
        AnalysisFailed: `too_little_time`.
    """  # fmt: skip
    sources, shares = drawn
    starts = _started_from(champion, len(card.experts), folder)
    schooling = _schooling(folder, shares, lambda: _steps(card, starts[0], drawn, lesson, device, seconds, folder))
    runs, total = [], len(starts) * schooling.steps
    for number, (name, start) in enumerate(zip(card.experts, starts, strict=True)):
        recipe = lesson.recipe(card, name, start, schooling.shares, schooling.steps)
        runs.append(folder / name)
        if (runs[-1] / LEARNED).is_file():
            continue
        done = number * schooling.steps
        run = _run(recipe, folder, device)
        train(run, sources, validation(desk, recipe), 0, partial(_tell, progress, done, total))
    return runs


def _tell(progress: Progress, done: int, total: int, step: int) -> None:
    progress(done + step, total)


def _started_from(champion: Path, experts: int, folder: Path) -> list[str]:
    """The weights of each expert of the detector in service, where a run looks for what it starts from."""
    weights = load_file(champion / WEIGHTS)
    names = []
    for number in range(experts):
        prefix = f"experts.{number}."
        own = {key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)}
        names.append(f"champion-{number}")
        (folder / names[-1]).mkdir(parents=True, exist_ok=True)
        save_file(own, folder / names[-1] / LEARNED)
    return names


def _schooling(folder: Path, shares: Shares, steps: Callable[[], int]) -> Schooling:
    planned = folder / PLANNED
    if planned.is_file():
        return Schooling(**json.loads(planned.read_text()))
    made = Schooling(steps(), shares)
    beside = planned.with_suffix(".part")
    beside.write_text(json.dumps(asdict(made)))
    beside.replace(planned)
    return made


def _steps(
    card: Card, start: str, drawn: tuple[Sources, Shares], lesson: Lesson, device: str, seconds: float, folder: Path
) -> int:
    """As many as the time is worth on this machine, now, at full size."""
    sources, shares = drawn
    recipe = lesson.recipe(card, "trial", start, shares, lesson.most_steps)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        (Path(scratch) / start).symlink_to(folder / start)
        run = _run(recipe, Path(scratch), device)
        stream = PairStream(sources, shares, lambda _: recipe.size, recipe.seed, 0)
        ends = []
        for step in range(TRIED):
            run.learn(stream.batch(step))
            ends.append(time.monotonic())
    each = (ends[-1] - ends[0]) / (TRIED - 1)
    affordable = int(seconds * lesson.learning_share / each / len(card.experts))
    if affordable < lesson.least_steps:
        needed = lesson.least_steps * each * len(card.experts) / lesson.learning_share / 60
        raise AnalysisFailed("too_little_time", f"This machine needs {needed:.0f} minutes at least. Give it more.")
    return min(affordable, lesson.most_steps)


def _run(recipe: Recipe, folder: Path, device: str) -> Run:
    (folder / recipe.name).mkdir(parents=True, exist_ok=True)
    return Run(recipe, folder / recipe.name, one_device(device, "auto"))
