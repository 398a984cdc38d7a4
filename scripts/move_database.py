"""Take a desk over from SQLite to PostgreSQL, whole, and check that nothing was lost.

    python -m scripts.move_database sqlite:////srv/telltale/telltale.sqlite postgresql://desk:secret@db.example.org/desk

Stop the desk and its workers first. The new database must be empty; the old one stays as it is. Every table is counted
and compared by content on both sides, and the log's chain is verified, before anything is kept. Jobs that wait are
asked for again. Files stay in their folder. Afterwards, start the desk with the new address in TELLTALE_DATABASE_URL.
"""

import argparse
import sys

from core.errors import TelltaleError
from core.settings import settings
from db.moving import Compared
from pipelines.moving import move


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sqlite", metavar="SQLITE_URL", help="where the desk is now")
    parser.add_argument("postgresql", metavar="POSTGRES_URL", help="where it shall be; an empty database")
    asked = parser.parse_args()
    old, new = (settings().model_copy(update={"database_url": url}) for url in (asked.sqlite, asked.postgresql))
    try:
        waiting = move(old, new, _tell)
    except TelltaleError as error:
        sys.exit(error.message)
    print(f"The desk has moved. The log holds. {waiting} jobs wait. Give TELLTALE_DATABASE_URL the new address.")


def _tell(one: Compared) -> None:
    said = "the same" if one.same else "NOT THE SAME"
    print(f"{one.table:20} {one.rows:>9} rows, {one.copied:>9} copied, {said}", flush=True)


if __name__ == "__main__":
    main()
