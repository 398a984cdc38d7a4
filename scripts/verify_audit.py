"""Check that nobody has altered the log of who did what.

    python -m scripts.verify_audit
    python -m scripts.verify_audit --head 3f9a…

A worker does the same every night; the page Log shows what was found last. Every entry is sealed with the hash of the
one before. A chain can't show that its newest end was cut off: note the head that this prints somewhere else, and give
it the next time. Exit status: 0 when the log holds, 2 when it doesn't.
"""

import argparse
import sys

from core.settings import settings
from db.migrate import migrate
from pipelines.keeping.checking import check_log

HOLDS, BROKEN = 0, 2


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--head", metavar="SHA256", help="hash of an entry, noted earlier, that must be in the log")
    wanted = parser.parse_args()
    config = settings()
    migrate(config)
    found = check_log(config, wanted.head)
    if found.broken:
        print(f"The log was altered at entry {found.broken.number}: {found.broken.why}.")
        return BROKEN
    print(f"The log holds: {found.entries} entries. Head: {found.head}")
    return HOLDS


if __name__ == "__main__":
    sys.exit(main())
