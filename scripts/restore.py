"""Make a desk from a backup, in a folder that is empty or not there yet.

    python -m scripts.restore /mnt/backups/telltale /srv/telltale
    TELLTALE_HOME=/srv/telltale TELLTALE_MODELS=/srv/telltale/models make run

Every hash is compared, the tables are brought up to date, and the seals of the log are recomputed; they must reach the
newest entry that the backup knew. A desk on PostgreSQL is restored into the empty database that TELLTALE_DATABASE_URL
names. Exit status: 0 when all is there, 1 when nothing was restored, 2 when something is missing or the log was
altered.
"""

import argparse
import sys
from pathlib import Path

from core.errors import TelltaleError
from core.settings import settings
from pipelines.keeping.restore import restore

GOOD, FAILED, INCOMPLETE = 0, 1, 2


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="folder of backups")
    parser.add_argument("home", type=Path, help="where the desk shall lie: what TELLTALE_HOME will name")
    parser.add_argument("--name", help="of an older backup, such as 20261124T031500Z")
    parser.add_argument("--leave-out-damaged", action="store_true", help="restore what is whole of a damaged backup")
    asked = parser.parse_args()
    config = settings().model_copy(update={"home": asked.home.resolve()})
    try:
        found = restore(asked.source, config, asked.name, asked.leave_out_damaged)
    except TelltaleError as refusal:
        print(f"Nothing was restored. {refusal}", file=sys.stderr)
        return FAILED
    print(f"The desk of {found.manifest.taken_at:%d %b %Y, %H:%M} UTC stands in {config.home}.")
    print(f"{len(found.manifest.files) - len(found.left_out):,} files, every hash right.")
    for path in found.left_out:
        print(f"Not there: {path}", file=sys.stderr)
    if found.log.broken:
        print(f"The log was altered at entry {found.log.broken.number}: {found.log.broken.why}.", file=sys.stderr)
    else:
        print(f"The log holds: {found.log.entries:,} entries.")
    return GOOD if found.good else INCOMPLETE


if __name__ == "__main__":
    sys.exit(main())
