"""The runs that lie on this machine, read from their own folders: curves, grids, warnings."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import WeightsRefused
from core.generators import journal, shelf
from core.generators.recipe import Recipe
from core.settings import ROOT, Settings

RECIPES = ROOT / "configs" / "generators"
SHIPPED = "generators"  # folder under the models
STEP = "step-"


@dataclass(frozen=True)
class LabRun:
    """One generator: a run, finished or not, or one that ships."""

    name: str
    folder: Path
    shipped: bool
    facts: shelf.Facts | None  # None until the first checkpoint

    @property
    def label(self) -> str:
        """What to call it in a list."""
        return f"{self.name} (shipped)" if self.shipped else self.name


def found(config: Settings) -> list[LabRun]:
    """Runs, those worked on last first; then the generators that ship."""
    own = [folder for folder in _folders(config.runs) if _is_run(folder)]
    own.sort(key=_changed, reverse=True)
    shipped = [folder for folder in _folders(config.models / SHIPPED) if (folder / shelf.CARD).is_file()]
    return [*(_read(folder, shipped=False) for folder in own), *(_read(folder, shipped=True) for folder in shipped)]


def curves(run: LabRun) -> pd.DataFrame:
    """The journal as a table, a row a line, by `step`; empty before the first line."""
    lines = [line for line in journal.read(run.folder) if "warning" not in line]
    return pd.DataFrame(lines).set_index("step") if lines else pd.DataFrame()


def looks(run: LabRun) -> pd.DataFrame:
    """The steps at which samples were compared with real pictures: `kid`, `diversity`."""
    table = curves(run)
    return table.dropna(subset="kid")[["kid", "diversity"]] if "kid" in table else pd.DataFrame()


def warnings(run: LabRun) -> list[str]:
    """What the run said about itself that somebody should hear, the newest first, each sentence once."""
    said = [line["warning"] for line in journal.read(run.folder) if "warning" in line]
    return list(dict.fromkeys(reversed(said)))


def grids(run: LabRun) -> dict[int, Path]:
    """Samples of the same noise over time, by step; that of a shipped generator by its last."""
    found = sorted((run.folder / "grids").glob(f"{STEP}*.png"))
    if found or run.facts is None or not (run.folder / shelf.GRID).is_file():
        return {int(path.stem.removeprefix(STEP)): path for path in found}
    return {run.facts.steps: run.folder / shelf.GRID}


def recipes() -> dict[str, Recipe]:
    """The recipes of this project, by name."""
    return {recipe.name: recipe for recipe in map(Recipe.read, sorted(RECIPES.glob("*.toml")))}


def _read(folder: Path, shipped: bool) -> LabRun:
    try:
        facts: shelf.Facts | None = shelf.facts(folder)
    except WeightsRefused:
        facts = None
    return LabRun(folder.name, folder, shipped, facts)


def _is_run(folder: Path) -> bool:
    return (folder / journal.LINES).is_file()


def _changed(folder: Path) -> float:
    return (folder / journal.LINES).stat().st_mtime


def _folders(place: Path) -> Iterator[Path]:
    return (path for path in sorted(place.iterdir()) if path.is_dir()) if place.is_dir() else iter(())
