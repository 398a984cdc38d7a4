"""Search for a better recipe: `python -m scripts.tune_gan configs/generators/dcgan-celeba64.toml --data FOLDER`.

Tries rates, batch, loss and regularisation for the networks of the recipe, a short run each, against KID. The study
lies in runs/NAME-study; called again it goes on, and --trials counts all of it. Table and plot are written after each
call.
"""

import argparse
from pathlib import Path

import optuna
from rich.console import Console
from rich.table import Table

from core.devices import PRECISIONS, one_device
from core.generators.evaluation import quick_look
from core.generators.pictures import read
from core.generators.recipe import Recipe
from core.generators.tuning import search, study, table

SHOWN = 10  # rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder or zip of pictures")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--trials", type=int, default=20, help="in all, earlier calls included")
    parser.add_argument("--kimg", type=float, default=20, help="thousands of pictures that each trial is shown")
    parser.add_argument("--most", type=int, help="learn from the first so many pictures only")
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS)
    options = parser.parse_args()
    base = Recipe.read(options.recipe)
    pictures = read(options.data, base, options.most)
    folder = options.runs / f"{base.name}-study"
    found = study(folder / "study.sqlite", base.name, base.seed)
    fabric = one_device(options.accelerator, options.precision)
    evaluate = quick_look(pictures, min(base.evaluated, len(pictures)))
    search(found, base, pictures, folder, fabric, options.kimg, options.trials, evaluate)
    write_report(found, folder)


def write_report(found: optuna.Study, folder: Path) -> None:
    """trials.csv, history.html, and the best trials on screen."""
    trials = table(found)
    trials.to_csv(folder / "trials.csv", index=False)
    optuna.visualization.plot_optimization_history(found, target_name="KID").write_html(folder / "history.html")
    drawn = Table(*trials.columns, title=f"Best of {len(trials)} trials, by KID")
    for row in trials.head(SHOWN).itertuples(index=False):
        drawn.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row))
    Console().print(drawn)


if __name__ == "__main__":
    main()
