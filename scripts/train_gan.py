"""Train a GAN on a set of pictures: `python -m scripts.train_gan configs/generators/dcgan-celeba64.toml --data FOLDER`.

The data are a folder or a zip of pictures; the layouts of CelebA and FER2013 are known, see
`core/generators/pictures.py`. The run lies in runs/NAME: metrics as JSON lines, TensorBoard curves, grids of samples,
checkpoint. Called again after a kill, it goes on where the last checkpoint stands.

    tensorboard --logdir runs
"""

import argparse
import math
import sys
from pathlib import Path
from typing import get_args

from core.devices import PRECISIONS, one_device
from core.generators import journal
from core.generators.evaluation import course, quick_look
from core.generators.pictures import read
from core.generators.quality import features
from core.generators.recipe import ModelName, Recipe, Transfer
from core.generators.training import Budget, Run, train
from core.generators.watch import Diverged

GANS = tuple(name for name in get_args(ModelName) if name != "ddpm")


def train_command(description: str | None, models: tuple[str, ...]) -> None:
    """The command that trains any of `models`."""
    options = _parser(description).parse_args()
    recipe = Recipe.read(options.recipe)
    if options.start:
        transfer = Transfer(run=str(options.start.resolve()), frozen=options.freeze)
        recipe = recipe.model_copy(update={"transfer": transfer})
    if recipe.model not in models:
        sys.exit(f"{recipe.name} is a {recipe.model}; this command trains {', '.join(models)}.")
    pictures = read(options.data, recipe, options.most)
    print(f"{len(pictures):,} pictures of {recipe.size} px.")
    run = Run(recipe, pictures, options.runs / recipe.name, one_device(options.accelerator, options.precision))
    budget = Budget(options.epochs, options.kimg, options.minutes)
    count = min(recipe.evaluated, len(pictures))
    try:
        look = train(run, budget, quick_look(pictures, count))
    except Diverged as told:
        sys.exit(str(told))
    print(f"{run.folder}: {run.model.steps} steps in {run.seconds / 60:.1f} min.")
    print(*course([line for line in journal.read(run.folder) if "kid" in line]), sep="\n")
    print(f"Of {count} samples beside {count} real pictures, in the features of {features.NAME}. "
          f"Diversity {look['diversity']:.2f}.")  # fmt: skip


def _parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder or zip of pictures, or fer2013.csv")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--from", dest="start", type=Path, help="take over the weights of this run")
    parser.add_argument("--freeze", type=float, default=0.0, help="share of the discriminator that stays as it was")
    parser.add_argument("--most", type=int, help="learn from the first so many pictures only")
    parser.add_argument("--epochs", type=float, default=math.inf, help="instead of the recipe's")
    parser.add_argument("--kimg", type=float, default=math.inf, help="end after so many thousand pictures")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so much work, all attempts together")
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS)
    return parser


if __name__ == "__main__":
    train_command(__doc__, GANS)
