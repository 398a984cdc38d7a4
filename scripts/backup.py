"""Copy the whole desk into a folder while it works: database, media, pictures, reports, models, settings.

    python -m scripts.backup /mnt/backups/telltale
    python -m scripts.backup /mnt/backups/telltale --keep 14
    python -m scripts.backup /mnt/backups/telltale --check

Each backup is whole; what did not change since the one before is stored once. --keep removes all but the newest so
many, --check reads the newest one and compares every hash instead of taking another. No secrets are copied: passwords
of databases and providers stand in the environment and in .streamlit/secrets.toml. Exit status: 0, 1 when it could not
be taken, 2 when files were damaged.
"""

import argparse
import sys
from pathlib import Path

from core.errors import TelltaleError
from core.settings import settings
from core.units import size
from db.migrate import migrate
from pipelines.keeping.backup import back_up, prune
from pipelines.keeping.manifest import Shelf

GOOD, FAILED, DAMAGED = 0, 1, 2
SHOWN = 20  # damaged files that are named


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, help="folder of backups, outside the desk's own; made where it is missing")
    parser.add_argument("--keep", type=int, metavar="N", help="afterwards, remove all but the newest N")
    parser.add_argument("--check", action="store_true", help="take none: compare every hash of the newest one")
    asked = parser.parse_args()
    try:
        return _check(asked.target) if asked.check else _take(asked.target, asked.keep)
    except TelltaleError as refusal:
        print(refusal, file=sys.stderr)
        return FAILED


def _take(target: Path, keep: int | None) -> int:
    config = settings()
    migrate(config)
    taken = back_up(config, target)
    found = taken.manifest
    total = sum(held.bytes for held in found.files) + found.database_bytes
    print(f"{found.name}: {len(found.files):,} files, {size(total)}; {taken.copied:,} were new.")
    print(f"Log: {found.log_entries:,} entries, head {found.log_head}")
    print(f"SHA-256 of the manifest: {taken.manifest_sha256}   Note it elsewhere: it stands for all of this backup.")
    if keep:
        print(f"Removed: {', '.join(prune(target, keep)) or 'none'}")
    return _tell(found.damaged, "was damaged on the desk already and is not in this backup")


def _check(target: Path) -> int:
    shelf = Shelf(target)
    names = shelf.names()
    if not names:
        raise TelltaleError("no_backup", f"There is no finished backup in {target}.")
    print(f"Reading all of {names[-1]}.")
    return _tell(tuple(shelf.damaged(shelf.read(names[-1]))), "is gone or altered")


def _tell(damaged: tuple[str, ...], what: str) -> int:
    for path in damaged[:SHOWN]:
        print(f"{path} {what}.", file=sys.stderr)
    if len(damaged) > SHOWN:
        print(f"And {len(damaged) - SHOWN:,} more.", file=sys.stderr)
    return DAMAGED if damaged else GOOD


if __name__ == "__main__":
    sys.exit(main())
