"""The runs: many broken files in one confined process, some hundreds through the whole desk, tables and names.

What counts as found: a process that died of a file, an error that is not one of ours, a file that took too long.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unicodedata import category

from core.errors import AnalysisFailed, TelltaleError
from pipelines.confine import Confined, Json, Limits, Reach
from pipelines.fuzzing.mutate import broken, broken_text
from pipelines.fuzzing.seeds import write_seeds
from pipelines.intake import BIDI_CONTROLS, display_name
from pipelines.manifests import read_manifest

READER = "pipelines.fuzzing.trying:reader"
AT_ONCE = 50  # files asked of the process in one call
MEMORY = 1 << 30  # bytes that the process may use
SLOW = 20.0  # s for one small file, after which it counts as found
KILLED = "the process was ended"
TABLE = "file,label,method,group,kind\na.mp4,real,,p1,video\nb.mp4,fake,swap,p2,video\n"
UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories: controls, halves of letters, ends of lines
NAMES = ("clip.mp4", "Übung 7.mov", "العربية.mkv", "a/b\\c.jpg", "🎬.webm", "")


@dataclass
class Tally:
    """What came of a run so far."""

    ends: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    slowest: float = 0.0  # s
    parent: tuple[int, int] = (0, 0)  # memory of this process after the first files and at the most since, bytes

    @property
    def files(self) -> int:
        """How many were read."""
        return self.ends.total()

    def end(self, became: str, seconds: float) -> bool:
        """One file more; whether it counts as found."""
        self.ends[became.partition(":")[0]] += 1
        self.slowest = max(self.slowest, seconds)
        now = resident()
        first, most = self.parent
        self.parent = (first or now, max(most, now))
        return became.startswith(("fault", KILLED)) or seconds > SLOW


def volume(folder: Path, seed: int, until: Callable[[Tally], bool]) -> Tally:
    """Read broken files in one confined process, in an empty folder, until `until` says that it is enough.

    What was found is left in the folder `found` there, by its number: keys and codecs differ from day to day.
    """
    tally = Tally()
    seeds = {path.name: path.read_bytes() for path in write_seeds(_made(folder / "seeds"))}
    with _reading(folder) as child:
        first = 0
        while not until(tally):
            for number, became, seconds in _batch(child, seed, first):
                first = number + 1
                if tally.end(became, seconds):
                    file = broken(seeds, seed, number)
                    (_made(folder / "found") / str(number)).write_bytes(file.content)
                    tally.found.append(f"file {number} ({file.how}), {seconds:.1f} s: {became}")
    return tally


def tables_and_names(folder: Path, seed: int, count: int) -> Tally:
    """Broken tables of labelled files, and names, which this process itself reads."""
    tally = Tally()
    dice = random.Random(seed)  # noqa: S311  # to repeat, not to hide
    table = _made(folder) / "table.csv"
    for number in range(count):
        table.write_bytes(broken_text(TABLE, dice))
        name = broken_text(dice.choice(NAMES), dice).decode("utf-8", "surrogateescape")
        for given, read in ((table.read_bytes(), partial(read_manifest, table)), (name, partial(_shown, name))):
            if tally.end(became := _of(read), 0.0):
                tally.found.append(f"text {number}, {given!r:.200}: {became}")
    return tally


def resident() -> int:
    """Memory that this process holds now, bytes; 0 where the system doesn't say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _reading(folder: Path) -> Confined:
    seeds, scratch = folder / "seeds", _made(folder / "scratch")
    setup = {"settings": {"home": str(folder)}, "seeds": str(seeds), "scratch": str(scratch)}
    return Confined(READER, Limits(MEMORY, AT_ONCE * SLOW), Reach((seeds,), scratch), setup)


def _batch(child: Confined, seed: int, first: int) -> Iterator[tuple[int, str, float]]:
    """What became of the next files: all of a batch, or only the one that ended the process."""
    reached, began = first, time.monotonic()

    def heed(progress: Json | None) -> None:
        nonlocal reached, began
        if progress:
            reached, began = int(progress["number"]), time.monotonic()

    try:
        answer = child.call({"seed": seed, "first": first, "last": first + AT_ONCE - 1}, heed)
    except AnalysisFailed as failure:
        if reached > first:  # those before it were read, but it took their ends along
            answer = child.call({"seed": seed, "first": first, "last": reached - 1})
            yield from ((number, became, seconds) for number, became, seconds in answer["told"])
        memory = failure.code == "memory"
        yield reached, "memory" if memory else f"{KILLED} ({failure.code})", time.monotonic() - began
    else:
        yield from ((number, became, seconds) for number, became, seconds in answer["told"])


def _of(read: Callable[[], object]) -> str:
    try:
        read()
    except TelltaleError as error:
        return error.code
    except Exception as error:
        return f"fault: {type(error).__name__}: {error}"
    return "read"


def _shown(name: str) -> None:
    """A name as it is shown: one line that can be written anywhere, in the order in which it is read."""
    shown = display_name(name)
    shown.encode("utf-8")
    if not shown or any(category(letter) in UNSHOWN or letter in BIDI_CONTROLS for letter in shown):
        raise ValueError(f"shown as {shown!r}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
