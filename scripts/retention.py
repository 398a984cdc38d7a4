"""Delete what the desk's rules say is due, as a worker does every night; or only list it.

    TELLTALE_KEEP_CLOSED_CASES=365 TELLTALE_KEEP_LOOSE_FILES=90 python -m scripts.retention --dry-run

Without these settings nothing is ever due. Exit status: 0, or 2 where something could not be deleted.
"""

import argparse
import sys

from core.settings import settings
from db.migrate import migrate
from pipelines.keeping.retention import apply, due

DONE, LEFT = 0, 2


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="list what is due, delete nothing")
    asked = parser.parse_args()
    config = settings()
    migrate(config)
    lines = list(due(config).lines())
    print("\n".join(lines) or "Nothing is due.")
    left = [] if asked.dry_run else apply(config)
    for said in left:
        print(said, file=sys.stderr)
    return LEFT if left else DONE


if __name__ == "__main__":
    sys.exit(main())
