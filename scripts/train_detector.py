"""Train a detector on prepared face sets: `python -m scripts.train_detector configs/blend.toml --faces cache/faces`.

The run lies in runs/NAME: configuration, metrics as JSON lines, TensorBoard curves, checkpoint. Called again after
a kill, it goes on where the last checkpoint stands. `scripts.ship_detector` makes a model folder of it.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.training.data import Draw, aligned, self_blended, unaligned
from core.training.face_sets import FaceSet, assert_no_leak
from core.training.loop import Run, train
from core.training.recipe import Recipe
from core.training.validation import validation


def sources(sets: dict[str, FaceSet]) -> dict[str, Draw]:
    """What the `shares` of a recipe can name."""
    return {
        "self_blended": self_blended(FaceSet.joined(list(sets.values()))),
        "aligned": aligned(sets["dfdc_pairs"]),
        "clips": unaligned(sets["videos"]),
        "whole_face": unaligned(sets["stylegan_ffhq256"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--faces", type=Path, required=True, help="as scripts.prepare_faces leaves them")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--workers", type=int, default=1, help="processes that make pairs")
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    options = parser.parse_args()

    recipe = Recipe.read(options.recipe)
    folder = options.runs / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    sets = {path.parent.name: FaceSet.load(path.parent) for path in sorted(options.faces.glob("*/rows.csv"))}
    for faces in sets.values():
        assert_no_leak(faces.rows)

    run = Run(recipe, folder, options.accelerator)
    learned = train(run, sources(sets), validation(sets, recipe), options.workers)
    weights = folder / "weights.safetensors"
    save_file(learned, weights)
    print(f"{weights} after {run.step} steps on {torch.get_num_threads()} threads.")


if __name__ == "__main__":
    main()
