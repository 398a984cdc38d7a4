"""Turning the clock of one process, with libfaketime: Python, the database's driver and SQLite all read it."""

from pathlib import Path

PLACES = "lib/*/faketime/libfaketimeMT.so.1"  # Debian: apt install faketime


def library() -> Path | None:
    """Where libfaketime lies, if it is installed."""
    return next(Path("/usr").glob(PLACES), None)


def environment(library: Path, told: Path) -> dict[str, str]:
    """What a process is started with so that its clock goes by the file `told`, from which it reads each time anew."""
    turn(told, 0)
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # no machine's clock of durations jumps when somebody sets the time
        "FAKETIME_DONT_RESET": "1",
    }


def turn(told: Path, seconds: int) -> None:
    """From now on the clock is so much ahead."""
    part = told.with_suffix(".part")
    part.write_text(f"{seconds:+d}\n")
    part.replace(told)
