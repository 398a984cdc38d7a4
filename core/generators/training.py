"""One training run of a generator, readable from top to bottom; killed at any moment, it resumes to the same curve.

Step k depends on the weights and on (seed, k) alone: the batch is drawn from them, and torch's random state is set
from them before each step. A resumed run repeats the steps after its last checkpoint and overwrites what the journal
said about them.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from core.devices import Fabric
from core.generators.journal import Journal
from core.generators.marking import sentence
from core.generators.model import Batch, Model, bare
from core.generators.pictures import PictureSet
from core.generators.recipe import Recipe
from core.generators.stream import Stream
from core.generators.transfer import freeze, start_from
from core.generators.watch import Watch
from core.generators.zoo import build
from core.training import checkpoints

LOGGED_EVERY = 10  # steps
GRID = 64  # samples, always of the same noise
GRID_SEED = 0

Evaluate = Callable[[Model], dict[str, float]]


@dataclass(frozen=True)
class Budget:
    """Where a run ends: whichever comes first; without any, after the recipe's epochs."""

    epochs: float = math.inf
    kimg: float = math.inf  # thousands of real pictures shown
    minutes: float = math.inf  # of learning and looking, over all attempts

    def steps(self, recipe: Recipe, per_epoch: float) -> float:
        """The last step that epochs and kimg allow; infinite where only minutes are given."""
        steps = min(self.epochs * per_epoch, self.kimg * 1000 / recipe.batch)
        if math.isinf(steps) and math.isinf(self.minutes):
            return math.ceil(recipe.epochs * per_epoch)
        return math.ceil(steps) if math.isfinite(steps) else steps


class Run:
    """A model, the pictures it learns from, and the folder that both are remembered in."""

    def __init__(self, recipe: Recipe, pictures: PictureSet, folder: Path, fabric: Fabric) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.fabric = recipe, folder, fabric
        self.stream = Stream(pictures, recipe)
        self.planned = max(1, math.ceil(recipe.epochs * self.stream.per_epoch))
        self.model = build(recipe, fabric, self.planned)
        if recipe.transfer.frozen:
            freeze(bare(self.model.networks["discriminator"]), recipe.transfer.frozen)
        self.seconds = 0.0

    def resume(self) -> None:
        """Goes on where the folder's checkpoint left off, or starts; ValueError if its recipe was another."""
        found = checkpoints.load(self.folder)
        if found is None:
            if self.recipe.transfer.run:
                start_from(self.model, Path(self.recipe.transfer.run))
            return
        tensors, state = found
        if Recipe.model_validate(state["recipe"]) != self.recipe:
            message = f"{self.folder} holds a run of another recipe. Move it away, or give this one a new name."
            raise ValueError(message)
        self.model.restore(tensors, state["step"])
        self.seconds = state["seconds"]

    def checkpoint(self) -> None:
        """Writes all that `resume` needs."""
        state = {"step": self.model.steps, "seconds": self.seconds, "recipe": self.recipe.model_dump(mode="json")}
        checkpoints.save(self.folder, self.model.tensors(), state)

    def learn(self) -> dict[str, float]:
        """The next step."""
        begun = time.monotonic()
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.model.steps)
        batch = self.stream.batch(self.model.steps)
        labels = None if batch.labels is None else batch.labels.to(self.fabric.device)
        figures = self.model.step(Batch(batch.pictures.to(self.fabric.device), labels))
        self.seconds += time.monotonic() - begun
        return figures

    def looks_due(self) -> bool:
        """Whether the step just taken completes another `evaluate_every` epochs."""
        length = self.recipe.evaluate_every * self.stream.per_epoch
        return int(self.model.steps / length) > int((self.model.steps - 1) / length)


def train(run: Run, budget: Budget, evaluate: Evaluate) -> dict[str, float]:
    """Trains to the end of the budget and returns the last look; Diverged where there is nothing to go on with."""
    run.resume()
    journal = Journal(run.folder, run.model.steps)
    watch = Watch(journal.history)
    last = budget.steps(run.recipe, run.stream.per_epoch)
    look = journal.last_look()
    with _progress() as progress:
        task = progress.add_task(run.recipe.name, total=min(last, run.planned), completed=run.model.steps)
        while run.model.steps < last and run.seconds < budget.minutes * 60:
            figures = run.learn()
            watch.check(run.model.steps, figures)
            progress.update(task, completed=run.model.steps, description=_told(figures))
            if run.model.steps % LOGGED_EVERY == 0:
                journal.figures(run.model.steps, figures)
            if run.looks_due():
                look = _look(run, journal, watch, evaluate, progress)
            if run.model.steps % run.recipe.checkpoint_every == 0:
                run.checkpoint()
        if look.get("step") != run.model.steps:
            look = _look(run, journal, watch, evaluate, progress)
    run.checkpoint()
    journal.close()
    return look


def _look(run: Run, journal: Journal, watch: Watch, evaluate: Evaluate, progress: Progress) -> dict[str, float]:
    """Figures and a grid of samples; warnings go to the journal and above the progress bar."""
    begun, step = time.monotonic(), run.model.steps
    found = evaluate(run.model)
    journal.figures(step, found)
    journal.grid(step, run.model.sample(GRID, GRID_SEED), sentence(run.recipe.name, GRID_SEED))
    for warning in watch.warnings(found["diversity"], run.model.done):
        journal.warning(step, warning)
        progress.console.print(f"Step {step}: {warning}")
    run.seconds += time.monotonic() - begun
    return {"step": step, **found}


def _told(figures: dict[str, float]) -> str:
    return " ".join(f"{name[5:]} {value:.2f}" for name, value in figures.items() if name.startswith("loss/"))


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                    TimeRemainingColumn())  # fmt: skip
