"""Break files on purpose and see that each ends in a state with a reason.

    python -m scripts.fuzz --minutes 30 --seed 4

Breaks containers, headers, tags, Content Credentials, tables and names, and reads them as the desk does, in a confined
process; then sends some through a whole desk with its worker. What was found is copied to --keep. Exit status 1 where
anything was found.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from pipelines.fuzzing.run import Tally, tables_and_names, volume
from pipelines.fuzzing.whole_way import whole_way

MIB = 1 << 20


def main() -> int:
    """Runs the command; gives its exit status."""
    options = _options()
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="telltale-fuzz-") as place:
        folder = Path(place)
        until = time.monotonic() + 60 * options.minutes
        print(f"Seed {options.seed}, {options.minutes:g} minutes.", flush=True)
        enough = _Enough(until, options.files)
        found += _told("In one confined process", volume(folder / "volume", options.seed, enough))
        found += _told("Tables and names", tables_and_names(folder, options.seed, options.texts))
        if options.desk:
            found += _told("Through a whole desk", whole_way(folder / "desk", options.seed, options.desk))
        if found and options.keep:
            shutil.copytree(folder, options.keep, ignore=shutil.ignore_patterns("home", "scratch"), dirs_exist_ok=True)
    return 1 if found else 0


class _Enough:
    """Whether time is up or there were files enough; says now and then how far it is."""

    def __init__(self, until: float, files: int) -> None:
        self._until, self._files, self._said = until, files, time.monotonic()

    def __call__(self, tally: Tally) -> bool:
        if time.monotonic() > self._said + 60:
            self._said = time.monotonic()
            print(f"  {tally.files} files, {len(tally.found)} found", flush=True)
        return time.monotonic() > self._until or tally.files >= self._files


def _told(what: str, tally: Tally) -> list[str]:
    first, most = (size / MIB for size in tally.parent)
    print(f"{what}: {tally.files} files, {len(tally.found)} found, slowest {tally.slowest:.1f} s.")
    print(f"  Memory of the parent: {first:.0f} MiB after the first, {most:.0f} MiB at most.")
    print("  " + ", ".join(f"{end} {count}" for end, count in tally.ends.most_common()))
    for one in tally.found:
        print(f"  FOUND {one}")
    return tally.found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="for the files in one process")
    parser.add_argument("--seed", type=int, default=1, help="of what is broken how")
    parser.add_argument("--files", type=int, default=sys.maxsize, help="at most, in one process")
    parser.add_argument("--texts", type=int, default=1000, help="tables, and as many names")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to put the files that were found")
    parser.add_argument("--desk", type=int, default=100, help="files that go through a whole desk; 0 for none")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
