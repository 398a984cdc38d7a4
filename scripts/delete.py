"""Delete files or a case for good, with all that was found in them and said of them.

    python -m scripts.delete --case 4 --reason "Request of the person shown, 24 Nov 2026"
    python -m scripts.delete --file 9c1f… --file 77ab… --reason "…"
    python -m scripts.delete --brought-by ada --reason "…"

A file is named by its SHA-256. Files that other cases hold stay with --case, unless --everywhere is said, and so do
with --brought-by those that somebody else brought, too. What is under legal hold is not deleted. The log keeps what was
deleted by its hash, who did it, when and why. Backups that were taken before keep their copies until they are removed
(`scripts.backup --keep`). Exit status: 0 when all is gone, 1 when nothing was deleted, 2 when files could not be
removed from the disk; a worker tries again every night.
"""

import argparse
import sys

from core.errors import TelltaleError
from core.settings import Settings, settings
from db import media, people
from db.deletion import Order
from db.migrate import migrate
from db.rights import User
from db.session import session
from pipelines.keeping.deleting import delete_brought, delete_case, delete_media

GONE, REFUSED, LEFT = 0, 1, 2


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--case", type=int, metavar="ID", help="as the address of its page shows it")
    what.add_argument("--file", action="append", metavar="SHA256", help="may be given several times")
    what.add_argument("--brought-by", metavar="LOGIN", help="all files that she brought to the desk, as the log tells")
    parser.add_argument("--everywhere", action="store_true", help="also files that other cases hold, or others brought")
    parser.add_argument("--reason", required=True, help="stays in the log for good")
    parser.add_argument("--by", metavar="LOGIN", default=people.DESK, help="the admin who deletes")
    asked = parser.parse_args()
    config = settings()
    migrate(config)
    try:
        left = _delete(config, asked)
    except TelltaleError as refusal:
        print(f"Nothing was deleted. {refusal}", file=sys.stderr)
        return REFUSED
    print("Deleted." if not left else f"Deleted, but {left} files could not be removed from the disk.")
    return LEFT if left else GONE


def _delete(config: Settings, asked: argparse.Namespace) -> int:
    actor, order = _actor(config, asked.by), Order(asked.reason)
    if asked.brought_by:
        found, left = delete_brought(config, actor, asked.brought_by, order, asked.everywhere)
        print(f"{len(found.gone)} files are deleted, {len(found.held)} stay under legal hold, {len(found.shared)} stay "
              "because others brought them, too.")  # fmt: skip
        return left
    if asked.case is not None:
        return delete_case(config, actor, asked.case, order, asked.everywhere)
    with session(config) as opened:
        known = [media.id_of(opened, sha256) for sha256 in asked.file]
    return delete_media(config, actor, [one or 0 for one in known], order)  # no file has the number 0


def _actor(config: Settings, login: str) -> User:
    with session(config) as opened:
        return people.known(opened, login)


if __name__ == "__main__":
    sys.exit(main())
