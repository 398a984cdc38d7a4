"""Issue a report about one analysis or a whole case.

    python -m scripts.report --analysis 12
    python -m scripts.report --case 4 --format csv --out figures.csv

The report is kept by the desk, with its hash, and written to --out, else into this folder under its reference. It is
issued in the name of the desk itself, or of the person whose login is given with --by. Exit status: 0 when it was
issued, 1 when it was refused.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import get_args

from core.errors import TelltaleError
from core.settings import Settings, settings
from db import people
from db.migrate import migrate
from db.models_reports import ReportFormat
from db.rights import User
from db.session import session
from pipelines.reports.dossier import Scope
from pipelines.reports.issue import issue, path_of


def main() -> int:
    """The command; gives its exit status."""
    asked = _options()
    config = settings()
    migrate(config)
    scope: Scope = "analysis" if asked.case is None else "case"
    number = asked.analysis if asked.case is None else asked.case
    try:
        report = issue(config, _actor(config, asked.by), scope, number, asked.format)
    except TelltaleError as refusal:
        print(f"No report was issued. {refusal}", file=sys.stderr)
        return 1
    target = asked.out or Path(report.file_name)
    shutil.copyfile(path_of(config, report), target)
    print(f"{report.reference}: {target} ({report.bytes:,} bytes)\nSHA-256 {report.file_sha256}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument(
        "--analysis", type=int, metavar="ID", help="of the analysis, as its page's address shows it"
    )
    about.add_argument("--case", type=int, metavar="ID", help="of the case, as its page's address shows it")
    parser.add_argument("--format", choices=get_args(ReportFormat), default="pdf", help="pdf, csv or json")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it")
    parser.add_argument("--by", metavar="LOGIN", default=people.DESK, help="in whose name")
    return parser.parse_args()


def _actor(config: Settings, login: str) -> User:
    with session(config) as opened:
        return people.known(opened, login)


if __name__ == "__main__":
    sys.exit(main())
