"""Make a model folder of a finished run: `python -m scripts.ship_detector runs/blend DATA --version 1.0`.

Calibration and thresholds come from the `dev` split of DATA's manifests; figures from `dev` and, once, from `test`,
which nothing was chosen on. The text of the card that people wrote is kept in configs/NAME.card.toml.
"""

import argparse
import tomllib
from pathlib import Path

from core.settings import settings
from pipelines import release

SETS = ("videos", "dfdc_pairs", "stylegan_ffhq256")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()

    config = settings()
    folder = options.run / "model"  # put in service at the very end: half a card would make claims of its own
    about = tomllib.loads(Path(f"configs/{options.run.name}.card.toml").read_text(encoding="utf-8"))
    card = release.draft(options.run, folder, options.version, about)

    print("Scoring dev, to calibrate …")
    dev = release.outcomes(options.data, SETS, "dev", folder, config)
    card = release.calibrated(card, dev)
    release.write(card, folder)

    print("Scoring test, for the card …")
    test = release.outcomes(options.data, SETS, "test", folder, config)
    training = card.training | {"data": release.sources(options.data, SETS)}
    said = {"dev": release.figures(dev, card, folder), "test": release.figures(test, card, folder)}
    release.write(card.model_copy(update={"training": training, "figures": said}), folder)
    print(f"{release.put_in_service(folder, config.models / options.run.name)} is ready.")


if __name__ == "__main__":
    main()
