"""How good are the generators, and who finds their pictures? `python -m scripts.detectability RUN RUN … --data SET`.

    --data celeba.zip                        the set that all of them learned from, with its people held out
    --detector models/blend models/…         any folders of detectors, adversaries among them (scripts.ship_adversary)
    --features inception_v3.safetensors      timm's Inception-v3, as in the literature; without it, the bundled network
    --recipe configs/generators/….toml       how the set is cut and who is held out; as the last run's, without it

Samples of every run meet as many people whom no run saw, in the same formats. The report is Markdown with figures:
quality, spectra, and how well each detector tells each generator's pictures, with intervals.
"""

import argparse
import sys
from pathlib import Path

from core.detectors import registry
from core.errors import TelltaleError
from core.generators import shelf
from core.generators.quality.features import bundled, inception
from core.generators.recipe import Recipe
from core.settings import settings
from pipelines.detectability.report import write
from pipelines.detectability.study import study
from pipelines.media.faces import FaceFinder


def main() -> None:
    """The command."""
    options, config = _parser().parse_args(), settings()
    try:
        recipe = Recipe.read(options.recipe) if options.recipe else shelf.facts(options.runs[-1]).recipe
        folders = options.detector or [config.shipped_detector]
        extractor = inception(options.features) if options.features else bundled()
        detectors = {folder.name: registry.load(folder) for folder in folders}
        with FaceFinder(config.face_models) as finder:
            told = study(options.runs, detectors, options.data, recipe, options.count, finder,
                         config.home / "statistics", extractor, _say)  # fmt: skip
    except (TelltaleError, ValueError) as refused:
        sys.exit(str(refused))
    print(write(told, options.out))


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs, or of generators that ship")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--detector", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--features", type=Path, metavar="FILE", help="weights of Inception-v3")
    parser.add_argument("--count", type=int, default=1000, help="samples of each, and genuine pictures at most")
    parser.add_argument("--out", type=Path, default=Path("runs/detectability"))
    return parser


if __name__ == "__main__":
    main()
