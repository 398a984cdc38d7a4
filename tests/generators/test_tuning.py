"""A study tries different recipes, gives up the bad, and goes on where it was left."""

import math
from pathlib import Path

import optuna
import pytest

from core.generators.model import Model
from core.generators.tuning import LOSSES, search, study, suggested, table
from core.generators.watch import Diverged
from scripts.tune_gan import write_report
from tests.generators.conftest import tiny
from tests.generators.test_training import some

optuna.logging.set_verbosity(optuna.logging.WARNING)
BASE = tiny(evaluate_every=1)


def by_rate(model: Model) -> dict[str, float]:
    """A KID that is the rate itself: smaller is better."""
    return {"kid": model.recipe.rates.generator, "diversity": 1.0}


def test_a_study_goes_on_where_it_was_left_and_reports(tmp_path: Path, fabric: object) -> None:
    storage, pictures = tmp_path / "study" / "study.sqlite", some(BASE, 8)
    for trials in (2, 4):
        found = study(storage, "tiny")
        search(found, BASE, pictures, tmp_path, fabric, 0.008, trials, by_rate)  # type: ignore[arg-type]
        assert len(found.trials) == trials
    rows = table(study(storage, "tiny"))
    assert rows["value"].is_monotonic_increasing
    assert rows["value"].tolist() == pytest.approx(rows["generator_rate"].tolist())
    assert rows["generator_rate"].nunique() == 4
    write_report(found, storage.parent)
    assert len((storage.parent / "trials.csv").read_text().splitlines()) == 5
    assert "plotly" in (storage.parent / "history.html").read_text().lower()
    assert len(list(tmp_path.glob("tiny-00*/metrics.jsonl"))) == 4


def test_a_bad_trial_is_given_up(tmp_path: Path, fabric: object) -> None:
    found, seen = study(tmp_path / "s.sqlite", "tiny"), []

    def worse_and_worse(model: Model) -> dict[str, float]:
        seen.append(model.recipe.name)
        return {"kid": float(len(set(seen))), "diversity": 1.0}

    search(found, BASE.model_copy(update={"evaluate_every": 4}), some(BASE, 8), tmp_path, fabric, 0.1, 5,  # type: ignore[arg-type]
           worse_and_worse)  # fmt: skip
    states = [trial.state.name for trial in found.trials]
    assert states == ["COMPLETE"] * 4 + ["PRUNED"]


def test_a_diverged_trial_counts_as_the_worst(tmp_path: Path, fabric: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverges(*_: object) -> None:
        raise Diverged("diverged", "no number")

    monkeypatch.setattr("core.generators.tuning.train", diverges)
    found = study(tmp_path / "s.sqlite", "tiny")
    search(found, BASE, some(BASE, 8), tmp_path, fabric, 0.008, 1, by_rate)  # type: ignore[arg-type]
    assert found.trials[0].value == math.inf


def test_suggestions_stay_valid_and_cover_the_losses() -> None:
    asked = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    recipes = [suggested(asked.ask(), tiny(stabilisers={"label_smoothing": 0.1, "ema": 0.5})) for _ in range(60)]
    assert {recipe.loss for recipe in recipes} == set(LOSSES)
    assert {recipe.stabilisers.r1 > 0 for recipe in recipes} == {True, False}
    assert {recipe.stabilisers.ema for recipe in recipes} == {0.5}
    assert {suggested(asked.ask(), tiny("wgan_gp")).loss for _ in range(5)} == {"wasserstein"}
