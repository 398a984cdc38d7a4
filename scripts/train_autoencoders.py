"""Train the autoencoders whose pictures the source `reconstructed` shows: `python -m scripts.train_autoencoders`.

They learn the genuine faces of --faces and lie in --out, where `scripts.train_detector` looks for them. Those that lie
there already are kept.
"""

import argparse
from pathlib import Path

import torch
from rich.progress import track

from core.training import autoencoders
from core.training.face_sets import FaceSet
from core.training.sources import CLIPS, PAIRS, RUNS, WHOLE


def main() -> None:
    """The command."""
    options = _parser().parse_args()
    faces = FaceSet.joined([FaceSet.load(options.faces / name) for name in (CLIPS, PAIRS, WHOLE)])
    for way in autoencoders.HALVINGS:
        if autoencoders.weights(options.out, way).is_file():
            print(f"{way}: there already.")
        else:
            _teach(way, faces, options)


def _teach(way: str, faces: FaceSet, options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    model = autoencoders.Autoencoder(way)
    losses = autoencoders.learn(model, faces, options.steps, options.seed, options.accelerator)
    last = list(track(losses, description=way, total=options.steps))[-1]
    autoencoders.save(model, options.out, way)
    print(f"{way}: mean difference and detail {last:.4f} after {options.steps} steps.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, default=Path("cache/faces"), help="as scripts.prepare_faces leaves them")
    parser.add_argument("--out", type=Path, default=RUNS / autoencoders.FOLDER)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--seed", type=int, default=20261202)
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    return parser


if __name__ == "__main__":
    main()
