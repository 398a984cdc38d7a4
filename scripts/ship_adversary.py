"""Make a detector of a trained GAN: `python -m scripts.ship_adversary runs/sngan-celeba64 --data celeba.zip --out DIR`.

--kind discriminator   what learned to tell real from fake while the generator learned (as it is without --kind)
--kind f-anogan        what knows genuine faces only; teach it with scripts.train_encoder first

The folder is one as any detector's: `python -m scripts.evaluate … --model DIR` says what it is worth. A run that held
nobody out (`held_out` in its recipe) has nobody to be calibrated on, and its card claims nothing; nor does that of a
detector which scores its own generator's samples no higher than genuine faces.
"""

import argparse
import sys
from pathlib import Path

from core.errors import AnalysisFailed, WeightsRefused
from pipelines import adversaries
from pipelines.release import write


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="the set that the run learned from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=("discriminator", "f-anogan"), default="discriminator")
    parser.add_argument("--version", default="0.1")
    options = parser.parse_args()
    try:
        card = adversaries.draft(options.run, options.kind, options.out, options.version)
    except (WeightsRefused, ValueError) as told:
        sys.exit(str(told))
    if card.training["recipe"]["held_out"]:
        try:
            card = adversaries.calibrated(card, options.run, options.out, options.data)
        except AnalysisFailed as told:
            print(f"Its card claims nothing. {told}")
        write(card, options.out)
    genuine = card.scales["image"].thresholds.genuine
    print(f"{options.out}: {card.name}, calibrated on {len(genuine)} genuine faces.")


if __name__ == "__main__":
    main()
