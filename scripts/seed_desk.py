"""Make up a large desk, to measure pages on and to see them full: analyses, frame scores, verdicts, cases, a log.

    TELLTALE_HOME=/tmp/large python -m scripts.seed_desk --analyses 50000 --scores 2000000

The desk must be empty. Its files are in no folder, only in the database: players stay dark, all else is there.
"""

import argparse
import sys
from datetime import UTC, datetime

from core.errors import TelltaleError
from core.settings import settings
from db.migrate import migrate
from pipelines.seeding.fill import Wanted, fill


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--analyses", type=int, default=50_000)
    parser.add_argument("--scores", type=int, default=2_000_000, help="frame scores of all analyses together")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="another number gives another desk")
    asked = parser.parse_args()
    migrate(settings())
    try:
        wanted = Wanted(asked.analyses, asked.scores, asked.cases, datetime.now(UTC), asked.seed)
        fill(settings(), wanted, print)
    except TelltaleError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
