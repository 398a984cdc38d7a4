"""Keep a file, or all files of a case, from being learned from; or allow it again.

    python -m scripts.keep_from_learning media 17 --because "The source did not consent."
    python -m scripts.keep_from_learning case 4 --because "Confidential."
    python -m scripts.keep_from_learning case 4 --allow
    python -m scripts.keep_from_learning            # lists what is kept from learning

The number stands in the address of the page.
"""

import argparse
import sys

from core.errors import TelltaleError
from core.settings import settings
from db import exclusions, people
from db.migrate import migrate
from db.session import session


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", nargs="?", choices=("media", "case"))
    parser.add_argument("number", nargs="?", type=int)
    parser.add_argument("--because", default="", help="the reason, which is shown beside it")
    parser.add_argument("--allow", action="store_true")
    asked, config = parser.parse_args(), settings()
    if asked.subject and asked.number is None:
        parser.error("Say which: give its number.")
    migrate(config)
    try:
        with session(config) as opened:
            actor = people.desk_user(opened)
            if asked.subject and asked.allow:
                exclusions.allow(opened, actor, asked.subject, asked.number)
            elif asked.subject:
                exclusions.exclude(opened, actor, asked.subject, asked.number, asked.because)
            for one in exclusions.exclusions(opened):
                print(f"{one.subject} {one.subject_id}, {one.title}: {one.reason} ({one.user}, {one.at:%Y-%m-%d})")
    except TelltaleError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
