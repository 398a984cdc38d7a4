"""The search for a recipe: rates, batch, loss and regularisation, judged by KID after a short run.

A study lies in an SQLite file and can be broken off and gone on with. What looks bad beside the others at the same
point is given up early.
"""

import math
from pathlib import Path

import optuna
import pandas as pd

from core.devices import Fabric
from core.generators.model import Model
from core.generators.pictures import PictureSet
from core.generators.recipe import Recipe
from core.generators.training import Budget, Evaluate, Run, train
from core.generators.watch import Diverged

BATCHES = (32, 64, 128)
LOSSES = ("bce", "hinge", "least_squares", "relativistic")
UNJUDGED = 4  # trials that are never given up, so that there is something to compare with


def study(storage: Path, name: str, seed: int = 0) -> optuna.Study:
    """The study called `name` in an SQLite file, new or as it was left."""
    storage.parent.mkdir(parents=True, exist_ok=True)
    found = optuna.create_study(
        storage=f"sqlite:///{storage}", study_name=name, load_if_exists=True, direction="minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=UNJUDGED),
    )  # fmt: skip
    # A sampler that began anew with the same seed would suggest its first trials again.
    found.sampler = optuna.samplers.TPESampler(seed=seed + len(found.trials))
    return found


def suggested(trial: optuna.Trial, base: Recipe) -> Recipe:
    """A variant of `base`, with what the trial tries."""
    rate = trial.suggest_float("generator_rate", 2e-5, 1e-3, log=True)
    ratio = trial.suggest_float("discriminator_to_generator", 0.5, 4, log=True)
    rates = {"generator": rate, "discriminator": rate * ratio, "betas": (trial.suggest_float("beta1", 0, 0.5), 0.999)}
    steadied = {
        "label_smoothing": 0.0,  # only two of the losses know it
        "r1": trial.suggest_float("r1", 0.01, 10, log=True) if trial.suggest_categorical("uses_r1", [0, 1]) else 0.0,
        "augment": ("colour", "translation") if trial.suggest_categorical("augments", [0, 1]) else (),
    }
    changes = {
        "name": f"{base.name}-{trial.number:03d}",
        "batch": trial.suggest_categorical("batch", BATCHES),
        "loss": base.loss if base.loss == "wasserstein" else trial.suggest_categorical("loss", LOSSES),
        "rates": base.rates.model_dump() | rates,
        "stabilisers": base.stabilisers.model_dump() | steadied,
    }
    return Recipe.model_validate(base.model_dump() | changes)


def search(
    found: optuna.Study, base: Recipe, pictures: PictureSet, runs: Path, fabric: Fabric, kimg: float, trials: int,
    evaluate: Evaluate,
) -> None:  # fmt: skip
    """Runs trials until the study has `trials` that ended: completed, given up or diverged."""

    def objective(trial: optuna.Trial) -> float:
        recipe = suggested(trial, base)
        run = Run(recipe, pictures, runs / recipe.name, fabric)
        try:
            return train(run, Budget(kimg=kimg), _reporting(trial, evaluate, recipe.batch))["kid"]
        except Diverged:
            return math.inf

    ended = [trial for trial in found.trials if trial.state.is_finished()]
    found.optimize(objective, n_trials=max(0, trials - len(ended)))


def table(found: optuna.Study) -> pd.DataFrame:
    """What was tried and how good it was, best first."""
    trials = found.trials_dataframe(attrs=("number", "state", "value", "params"))
    return trials.rename(columns=lambda name: name.removeprefix("params_")).sort_values("value", ignore_index=True)


def _reporting(trial: optuna.Trial, evaluate: Evaluate, batch: int) -> Evaluate:
    """`evaluate`, which also tells the study how far the trial is, and ends it where others were better."""

    def look(model: Model) -> dict[str, float]:
        figures = evaluate(model)
        trial.report(figures["kid"], step=model.steps * batch)
        if trial.should_prune():
            raise optuna.TrialPruned
        return figures

    return look
