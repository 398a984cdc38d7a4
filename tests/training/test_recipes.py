"""Every recipe that comes with the project can be begun."""

from pathlib import Path

import pytest

from core.detectors.baselines import BASELINES
from core.detectors.networks import IMAGENET_WHEELS
from core.settings import ROOT
from core.training.recipe import Recipe, runs_of
from core.training.sources import SOURCES
from scripts import train_detector
from tests.training.conftest import portrait_set

PATHS = sorted(path for path in (ROOT / "configs").rglob("*.toml") if "\n[shares]\n" in path.read_text())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_can_be_begun(path: Path) -> None:
    recipe = Recipe.read(path)
    assert recipe.name == path.stem
    assert recipe.architecture in {*IMAGENET_WHEELS, *BASELINES}
    assert recipe.size % 32 == recipe.early_size % 32 == 0
    assert recipe.warmup + recipe.cooldown <= recipe.steps
    assert set(recipe.shares) <= set(SOURCES)
    for before in runs_of(recipe.starts_from) if recipe.starts_from else []:
        assert (ROOT / "configs" / f"{before}.toml").is_file(), f"it starts from {before}, which no recipe makes"


def test_there_are_recipes() -> None:
    assert {"cpu-night", "gpu"} <= {path.stem for path in PATHS}


def test_a_mixture_names_each_run_as_often_as_it_counts() -> None:
    assert runs_of("close") == ["close"]
    assert runs_of("2*runs/close+broad") == ["runs/close", "runs/close", "broad"]
    for wrong in ("", "2*", "close+", "two*close", "0*close", "2*2*close"):
        with pytest.raises(ValueError, match=r"3\*close\+broad"):
            runs_of(wrong)


def test_a_recipe_whose_faces_are_missing_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait_set(4).save(tmp_path / "faces" / "dfdc_pairs")
    command = ["train_detector", ROOT / "configs" / "people.toml", "--faces", tmp_path / "faces", "--runs", tmp_path]
    monkeypatch.setattr("sys.argv", [*map(str, command)])
    with pytest.raises(SystemExit, match=r"'videos' is not there.*prepare_faces DATA --sets videos"):
        train_detector.main()
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]  # no run was begun
