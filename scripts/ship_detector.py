"""Make a model folder of finished runs: `python -m scripts.ship_detector DATA 3*runs/people+runs/close`.

Runs joined by + are averaged into one expert, each as often as it is told; each further argument is another expert
beside it. The crop is that of the first run.
Calibration and thresholds come from the `dev` split of DATA's manifests; figures from `dev` and, once, from `test`,
which nothing was chosen on. Name, version and the text that people wrote stand in configs/card.toml.
"""

import argparse
import sys
import tomllib
from pathlib import Path

from core.detectors import registry
from core.errors import TelltaleError
from core.settings import settings
from core.training.face_sets import FaceSet
from core.training.recipe import runs_of
from core.training.sources import CLIPS, PAIRS, WHOLE
from pipelines import release

SETS = (CLIPS, PAIRS, WHOLE)


def main() -> None:
    """The command."""
    options = arguments()
    try:
        ship(options)
    except TelltaleError as error:
        sys.exit(error.message)


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("experts", type=_runs, nargs="+", help="runs of each; the first draws the heatmap")
    parser.add_argument("--faces", type=Path, default=Path("cache/faces"), help="as scripts.prepare_faces leaves them")
    return parser.parse_args()


def ship(options: argparse.Namespace) -> None:
    """From runs to a model folder in service.

    Raises:
        TelltaleError: a run, a manifest or a file of one is not what it should be.
    """
    config = settings()
    folder = options.experts[0][0] / "model"  # put in service at the very end: half a card would make claims of its own
    about = tomllib.loads(Path("configs/card.toml").read_text(encoding="utf-8"))
    faces = {path.parent.name: FaceSet.load(path.parent) for path in sorted(options.faces.glob("*/rows.csv"))}
    card = release.draft(options.experts, faces, folder, about)

    print("Scoring dev, to calibrate …")
    dev = release.outcomes(options.data, SETS, "dev", folder, config)
    worn = release.worn_outcomes(options.data, CLIPS, "dev", folder, config)
    card = release.calibrated(card, dev, worn)
    release.write(card, folder)

    print("Scoring test, for the card …")
    test = release.outcomes(options.data, SETS, "test", folder, config)
    training = card.training | {"data": release.learned_from(options.data, faces)}
    found = {"dev": dev, "worn": {CLIPS: worn}, "test": test}
    said = {split: release.figures(outcomes, card, folder) for split, outcomes in found.items()}
    release.write(card.model_copy(update={"training": training, "figures": said}), folder)
    print(f"{registry.copy(folder, config.models / card.name)} is ready.")


def _runs(argument: str) -> list[Path]:
    return [Path(run) for run in runs_of(argument)]


if __name__ == "__main__":
    main()
