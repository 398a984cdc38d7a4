"""Train a detector on prepared face sets: `python -m scripts.train_detector configs/blend.toml --faces cache/faces`.

The run lies in runs/NAME: what it is made from, metrics as JSON lines, TensorBoard curves, pictures of its batches and
checkpoint. Called again after a kill, it goes on where the last checkpoint stands. `scripts.ship_detector` makes a
model folder of it.
"""

import argparse
import sys
from pathlib import Path

import torch

from core.devices import Fabric, devices_side_by_side
from core.splits import set_apart
from core.training import origin
from core.training.data import Draw
from core.training.face_sets import FaceSet, assert_no_leak
from core.training.loop import Run, train
from core.training.recipe import Recipe
from core.training.sources import CLIPS, RUNS, sources
from core.training.validation import validation


def face_sets(folder: Path, shares: dict[str, int]) -> dict[str, FaceSet]:
    """All sets in `folder`. Where no forged clips are learned from, their sources are for choosing."""
    sets = {path.parent.name: FaceSet.load(path.parent) for path in sorted(folder.glob("*/rows.csv"))}
    for faces in sets.values():
        assert_no_leak(faces.rows)
    if "clips" in shares or CLIPS not in sets:
        return sets
    return sets | {CLIPS: sets[CLIPS].split_by(set_apart(sets[CLIPS].rows))}


def begun(options: argparse.Namespace, fabric: Fabric) -> tuple[Run, dict[str, Draw], dict[str, FaceSet]]:
    """The run that is asked for, what it draws from, and all face sets.

    Raises:
        FileNotFoundError, ValueError: the recipe, a face set or an autoencoder is missing or not what it should be.
    """
    recipe = Recipe.read(options.recipe)
    if options.seed is not None:
        recipe = recipe.model_copy(update={"seed": options.seed, "name": f"{recipe.name}-{options.seed}"})
    sets = face_sets(options.faces, recipe.shares)
    drawn = sources(sets, recipe.shares, options.runs)
    folder = options.runs / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    if fabric.is_global_zero:
        origin.keep(folder, recipe, {name: FaceSet.fingerprint(options.faces / name) for name in sets})
    return Run(recipe, folder, fabric), drawn, sets


def main() -> None:
    """The command."""
    options = _parser().parse_args()
    fabric = devices_side_by_side(options.devices, options.accelerator, "auto")
    fabric.launch()
    try:
        run, drawn, sets = begun(options, fabric)
    except (FileNotFoundError, ValueError) as told:
        sys.exit(str(told))
    train(run, drawn, validation(sets, run.recipe), options.workers)
    fabric.print(f"{run.folder} has its weights, after {run.step} steps on {torch.get_num_threads()} threads.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--faces", type=Path, required=True, help="as scripts.prepare_faces leaves them")
    parser.add_argument("--runs", type=Path, default=RUNS)
    parser.add_argument("--workers", type=int, default=1, help="processes that make pairs")
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    parser.add_argument("--devices", type=int, default=1, help="that learn side by side, from as many batches a step")
    parser.add_argument("--seed", type=int, help="another one than the recipe's; the run is then called NAME-SEED")
    return parser


if __name__ == "__main__":
    main()
