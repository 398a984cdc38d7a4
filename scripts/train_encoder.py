"""Teach an encoder to undo a WGAN-GP: `python -m scripts.train_encoder runs/wgan-gp-celeba64 --data FOLDER`.

With it the GAN tells how unlike genuine faces a picture is (f-AnoGAN). It needs no fakes and no labels. The encoder
lies beside the GAN's checkpoint.
"""

import argparse
import itertools
from pathlib import Path

from rich.progress import Progress

from core.generators import shelf
from core.generators.anogan import FAnoGAN
from core.generators.gan import GAN
from core.generators.pictures import read
from core.generators.stream import Stream


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="genuine pictures: folder or zip")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--accelerator", default="cpu", help="cpu, cuda or auto")
    options = parser.parse_args()
    model = shelf.load(options.run, options.accelerator)
    if not isinstance(model, GAN):
        parser.error(f"{options.run} is a {model.recipe.model}; an encoder needs a GAN.")
    detector, stream = FAnoGAN(model), Stream(read(options.data, model.recipe), model.recipe)
    batches = (stream.batch(step) for step in itertools.count())
    with Progress() as progress:
        task = progress.add_task("encoder", total=options.steps)
        for figures in detector.learn(batches, options.steps):
            told = " ".join(f"{name[5:]} {value:.4f}" for name, value in figures.items())
            progress.update(task, advance=1, description=told)
    detector.save(options.run)


if __name__ == "__main__":
    main()
