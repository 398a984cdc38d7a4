"""Hand a whole case to another desk, or take one in: originals, analyses, pictures, what was said and what was done.

    python -m scripts.case export 4 /mnt/out/case-4.zip --by grace
    python -m scripts.case import /mnt/in/case-4.zip --by grace

An archive is one zip with a manifest of hashes. What is in it is as secret as the case: it is neither encrypted nor
signed, so hand it on by a way that you trust, and tell the other desk the hash that is printed. What people said there
is kept as text, under their names; nothing of it counts as said here. Taking the same archive in twice changes nothing.
Exit status: 0, or 1 when nothing was written or taken in.
"""

import argparse
import sys
from pathlib import Path

from core.errors import TelltaleError
from core.settings import Settings, settings
from core.units import size
from db import people
from db.migrate import migrate
from db.rights import User
from db.session import session
from pipelines.keeping.cases.exporting import export_case
from pipelines.keeping.cases.importing import import_case

GOOD, REFUSED = 0, 1


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    out = commands.add_parser("export", help="write a case into a new file")
    out.add_argument("case", type=int, help="as the address of its page shows it")
    out.add_argument("file", type=Path)
    into = commands.add_parser("import", help="take in a case that another desk wrote")
    into.add_argument("file", type=Path)
    for command in (out, into):
        command.add_argument("--by", metavar="LOGIN", default=people.DESK, help="the editor who does it")
    asked = parser.parse_args()
    config = settings()
    migrate(config)
    try:
        with session(config) as opened:
            by = people.known(opened, asked.by)
        print(_export(config, by, asked) if asked.command == "export" else _import(config, by, asked))
    except TelltaleError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return GOOD


def _export(config: Settings, by: User, asked: argparse.Namespace) -> str:
    made = export_case(config, by, asked.case, asked.file)
    return f"{made.path}: {made.files} files, {size(made.bytes)}.\nSHA-256 of the archive: {made.sha256}"


def _import(config: Settings, by: User, asked: argparse.Namespace) -> str:
    found = import_case(config, by, asked.file)
    if found.known:
        return f"Nothing was changed: this archive is here already, as case {found.case_id}."
    files = f"{found.files} files, {found.new_files} of them new"
    return f"Case {found.case_id}: {files}; {found.analyses} analyses, {found.new_analyses} of them new."


if __name__ == "__main__":
    sys.exit(main())
