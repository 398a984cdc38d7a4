"""Draw samples from a trained generator: `python -m scripts.generate runs/dcgan-celeba64 --count 64 --grid`.

    --walk 8 --mp4     walks from each sample to the next in 8 steps, as a strip and a clip
    --steps 20         of DDIM, where the model is a diffusion model

Every file says that it is synthetic, and that in its metadata too. With --key and --certificate, or the environment
variables TELLTALE_C2PA_KEY and TELLTALE_C2PA_CERTIFICATE, it carries signed Content Credentials.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from core.errors import WeightsRefused
from core.generators import shelf
from core.generators.diffusion import Diffusion
from core.generators.journal import grid, to_levels
from core.generators.marking import Image8, Signer, sentence, write_gif, write_mp4, write_picture
from core.generators.model import Model
from core.generators.walks import walk


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    options = _parser().parse_args(arguments)
    try:
        model = shelf.load(options.run, options.accelerator)
    except WeightsRefused as told:
        sys.exit(str(told))
    if options.steps and isinstance(model, Diffusion):
        model.sampling_steps = options.steps
    signer, says = _signer(options), sentence(model.recipe.name, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    noise = model.noise(options.count, options.seed) * options.truncation
    labels = None if options.label is None else torch.full((len(noise),), options.label)
    pictures = model.decode(noise, labels).cpu()
    for number, image in enumerate(track(to_levels(pictures), "pictures")):
        write_picture(options.out / f"{options.seed}-{number:04d}.{options.format}", image, says, signer)
    if options.grid:
        write_picture(options.out / f"{options.seed}-grid.png", grid(pictures), says, signer)
    if options.walk:
        _write_walk(model, noise, options, says, signer)
    print(f"{len(pictures)} pictures in {options.out}.")


def _write_walk(
    model: Model, noise: torch.Tensor, options: argparse.Namespace, says: str, signer: Signer | None
) -> None:
    """The way from the first sample by all others, and back to the first in clips, so that they loop."""
    stations = torch.cat([noise, noise[:1]]) if options.gif or options.mp4 else noise
    way = walk(stations, options.walk)
    labels = None if options.label is None else torch.full((len(way),), options.label)
    frames = list(to_levels(model.decode(way, labels)))
    name = options.out / f"{options.seed}-walk"
    write_picture(name.with_suffix(".png"), _strip(frames, options.walk), says, signer)
    if options.gif:
        write_gif(name.with_suffix(".gif"), frames[:-1], options.fps, says, signer)
    if options.mp4:
        write_mp4(name.with_suffix(".mp4"), frames[:-1], options.fps, says, signer)


def _strip(frames: list[Image8], steps: int) -> Image8:
    """A row for each pair of samples, from the one at its left end to the one at its right."""
    rows = [np.hstack(frames[start : start + steps + 1]) for start in range(0, len(frames) - 1, steps)]
    return np.vstack(rows)


def _signer(options: argparse.Namespace) -> Signer | None:
    if bool(options.key) != bool(options.certificate):
        sys.exit("Content Credentials need both a key and its certificate.")
    return Signer(Path(options.key).read_bytes(), Path(options.certificate).read_bytes()) if options.key else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder of a training run")
    parser.add_argument("--out", type=Path, default=Path("samples-generated"))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--truncation", type=float, default=1.0, help="below 1: less varied, more typical")
    parser.add_argument("--label", type=int, help="class, for a conditional model; all take turns without it")
    parser.add_argument("--steps", type=int, help="of DDIM")
    parser.add_argument("--format", choices=("png", "jpg"), default="png")
    parser.add_argument("--grid", action="store_true", help="all in one picture too")
    parser.add_argument("--walk", type=int, default=0, metavar="STEPS", help="from each sample to the next")
    parser.add_argument("--gif", action="store_true", help="the walk as a GIF")
    parser.add_argument("--mp4", action="store_true", help="the walk as a clip")
    parser.add_argument("--fps", type=int, default=12)
    parser.add_argument("--key", default=os.environ.get("TELLTALE_C2PA_KEY", ""), help="PEM file, ES256")
    parser.add_argument("--certificate", default=os.environ.get("TELLTALE_C2PA_CERTIFICATE", ""), help="PEM chain")
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    return parser


if __name__ == "__main__":
    main()
