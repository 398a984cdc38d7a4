"""Make a training set of generators' samples: `python -m scripts.generated_faces models/generators/sngan-celeba64 …`.

    --apart models/generators/ddpm-celeba64   generators whose samples are for dev alone: none is learned from
    --data celeba.zip                         what they learned from: the genuine faces of the set
    --out DATA                                gets generated.zip and generated.csv

Then `python -m scripts.prepare_faces DATA --sets generated`, and `generated` is a source that recipes of detectors may
name under [shares]. Genuine faces come to the size of the samples by the same way.
"""

import argparse
import sys
from pathlib import Path

from core.errors import WeightsRefused
from pipelines.generated_faces import write_set


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("generators", type=Path, nargs="+", help="folders of runs, or of generators that ship")
    parser.add_argument("--apart", type=Path, nargs="+", default=[])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000, help="samples of each")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        table = write_set(options.generators, options.apart, options.data, options.count, options.out)
    except (WeightsRefused, ValueError) as told:
        sys.exit(str(told))
    print(table.groupby(["split", "method"]).size().to_string())


if __name__ == "__main__":
    main()
