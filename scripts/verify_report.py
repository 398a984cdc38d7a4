"""Check whether a file is a report that this desk issued, and whether the evidence behind it is unchanged.

    python -m scripts.verify_report TT-20261124-7F3A9C1B.pdf

Exit status: 0 when both hold, 2 when either does not, 1 when the file can't be read.
"""

import argparse
import sys
from pathlib import Path

from core.settings import settings
from db.migrate import migrate
from pipelines.reports.verify import Checked, check

HOLDS, UNREADABLE, DOES_NOT_HOLD = 0, 1, 2


def main() -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="PDF, CSV or JSON")
    asked = parser.parse_args()
    config = settings()
    migrate(config)
    try:
        found = check(config, asked.file)
    except OSError as error:
        print(f"{asked.file} can't be read: {error.strerror}.", file=sys.stderr)
        return UNREADABLE
    print("\n".join(_said(found)))
    return HOLDS if found.good else DOES_NOT_HOLD


def _said(found: Checked) -> list[str]:
    report = found.report
    if report is None:
        return ["This desk has issued no such file. It may be another desk's, or was made by hand."]
    by = f"{report.reference}, issued {report.issued_at:%Y-%m-%d %H:%M} UTC by {report.issued_by.name}"
    lines = [f"This is report {by}, byte for byte."]
    if found.state == "altered":
        lines = [
            f"This is NOT the file that was issued as {by}. It was altered, or saved again by a program."
        ]
        lines.append(f"The file issued has the SHA-256 {report.file_sha256}.")
    for behind in found.exhibits:
        lines.append(f"Exhibit {behind.number}, {_printable(behind.name)}: {_became(behind.wrong)}")
        if behind.newer_verdict:
            lines.append("  A newer verdict was given since; the report has the one before.")
    return lines


def _became(wrong: tuple[str, ...]) -> str:
    return " ".join(wrong) or "the evidence is unchanged."


def _printable(name: str) -> str:
    """A file name may hold anything, also what a terminal takes for a command."""
    return "".join(c if c.isprintable() else "�" for c in name)


if __name__ == "__main__":
    sys.exit(main())
