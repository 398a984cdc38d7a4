"""Put a trained generator on the shelf: `python -m scripts.ship_generator runs/dcgan-celeba64 --data "CelebA …"`.

The folder holds what samples, a card and a marked grid; nothing that only learning needs. Look at the grid before it is
released: a generator whose samples are not faces to anyone who looks does not ship.
"""

import argparse
from pathlib import Path

from core.generators import journal, shelf
from core.generators.card import GeneratorCard
from core.generators.evaluation import SEED
from core.generators.journal import grid
from core.generators.marking import sentence, write_picture
from core.generators.quality.features import NAME
from core.generators.training import GRID, GRID_SEED
from core.settings import settings
from pipelines.lab.runs import SHIPPED

MOST_BYTES = 20_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", required=True, help="what it learned from, in words")
    parser.add_argument("--licence", required=True)
    parser.add_argument("--limit", action="append", default=[], help="where it is known to fail; may be repeated")
    parser.add_argument("--revision", required=True, help="commit of the code that trained it")
    parser.add_argument("--version", default="0.1")
    options = parser.parse_args()
    model, facts = shelf.load(options.run), shelf.facts(options.run)
    folder = settings().models / SHIPPED / facts.recipe.name
    sha256 = shelf.put_weights(model, folder)
    size = (folder / shelf.WEIGHTS).stat().st_size
    if size > MOST_BYTES:
        parser.error(f"{size / 1e6:.0f} MB are more than a release takes for one generator.")
    write_picture(folder / shelf.GRID, grid(model.sample(GRID, GRID_SEED)), sentence(facts.recipe.name, GRID_SEED))
    card = GeneratorCard(
        version=options.version, sha256=sha256, recipe=facts.recipe, steps=facts.steps, seconds=facts.seconds,
        data=options.data, figures=_looks(options.run, facts.recipe.evaluated), limits=tuple(options.limit),
        licence=options.licence, revision=options.revision,
    )  # fmt: skip
    (folder / shelf.CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(f"{folder}: {size / 1e6:.1f} MB")


def _looks(run: Path, n: int) -> dict[str, object]:
    """The first and the last look that training took at its samples, in the features that it used."""
    seen = [line for line in journal.read(run) if "kid" in line]
    return {"features": NAME, "n": n, "seed": SEED, "first": seen[0], "last": seen[-1]}


if __name__ == "__main__":
    main()
