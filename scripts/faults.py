"""Hurt a desk on purpose, and see that nothing is lost, doubled or half stored.

    python -m scripts.faults /tmp/hurt --clips 20 --faults 10 --seed 4
    python -m scripts.faults /tmp/hurt --database postgresql://…/empty --workers 4 --kinds worker,database

Makes a desk of its own in an empty folder, sends it real clips, starts workers, and at random moments: kills a worker
(`worker`), kills one while it stores (`storing`), cuts the database's connections (`database`), kills the page server
(`page`), fills the disk of the folder (`disk`), makes the shared storage full, slow or wrong (`full`, `slow`, `wrong`;
each worker is then a machine with a home of its own), turns a worker's clock (`clock`). Exit status 1 where anything is
not as it should be.
"""

import argparse
import logging
import shlex
import sys
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import TelltaleError
from pipelines.faults.plan import KINDS, Plan
from pipelines.faults.run import Report, run


def main() -> int:
    """Runs the command; gives its exit status."""
    options = _options()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} is not empty. Give an empty folder: a desk of its own is made there.")
    logging.basicConfig(format="%(message)s", level=logging.ERROR)
    logging.getLogger("telltale.faults").setLevel(logging.INFO)
    try:
        report = run(_plan(options), folder, options.database, options.faketime)
    except TelltaleError as error:
        sys.exit(error.message)
    for line in report.words():
        print(line)
    if options.json:
        options.json.write_bytes(TypeAdapter(Report).dump_json(report, indent=1))
    return 1 if report.found else 0


def _plan(options: argparse.Namespace) -> Plan:
    return Plan(
        seed=options.seed,
        clips=options.clips,
        workers=options.workers,
        faults=options.faults,
        kinds=tuple(options.kinds),
        every=options.every,
        lasting=options.lasting,
        longest=options.longest,
        through=tuple(shlex.split(options.through)),
        port=options.port,
    )


def _kinds(text: str) -> list[str]:
    asked = text.split(",")
    if unknown := set(asked) - set(KINDS):
        raise argparse.ArgumentTypeError(
            f"no such fault: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}"
        )
    return asked


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="empty; what is left of the desk stays there")
    parser.add_argument(
        "--database", default="", metavar="URL", help="an empty PostgreSQL database; none: SQLite"
    )
    parser.add_argument(
        "--clips", type=int, default=20, help="that it begins with; more come while faults happen"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--faults", type=int, default=10, help="how many happen; 0 to measure a desk in peace"
    )
    parser.add_argument("--kinds", type=_kinds, default=["worker", "storing"], help="of them, with commas")
    parser.add_argument("--every", type=float, default=15.0, help="s between two faults, in the mean")
    parser.add_argument(
        "--lasting", type=float, default=20.0, help="s that a disk is full, a storage slow, …"
    )
    parser.add_argument("--longest", type=float, default=3.0, help="s of the longest clip")
    parser.add_argument("--seed", type=int, default=1, help="of the clips and of what happens when")
    parser.add_argument("--port", type=int, help="of the page server; without one there are no pages")
    parser.add_argument(
        "--through", default="", help="command that starts a worker, as `systemd-run --scope -p …`"
    )
    parser.add_argument(
        "--faketime", type=Path, metavar="LIBRARY", help="libfaketimeMT.so.1, where it isn't installed"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the report for programs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
