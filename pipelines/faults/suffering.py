"""The faults themselves: each function does one to a desk, and takes it away again where that can be done."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from core.errors import TelltaleError
from db.session import session
from pipelines.faults import clock, storage
from pipelines.faults.desk import OURS, Desk
from pipelines.faults.plan import TURNS, Fault, Kind
from pipelines.faults.processes import Worker

SEEN_STORING = 10.0  # s that somebody who waits for a result being stored has patience
STORING = 0.1  # s that it may take to store one
LARGEST_TO_FILL = 4 << 30  # bytes: who fills more than that fills a disk that others need
MIB = 1 << 20
SLOW, WRONG = 3.0, 0.5  # s a transfer, share of files


def suffer(desk: Desk, fault: Fault) -> None:
    """Let it happen."""
    FAULTS[fault.kind](desk, fault)


def check_possible(kinds: tuple[Kind, ...], folder: Path, on_server: bool, faked: Path | None) -> None:
    """Refuse before anything is hurt what can't be done here.

    Raises:
        TelltaleError: `no_server`, `large_disk`, `no_clock`.
    """
    if "database" in kinds and not on_server:
        raise TelltaleError(
            "no_server", "SQLite has no connections to cut: leave `database` out, or give --database."
        )
    if "disk" in kinds and shutil.disk_usage(folder).free > LARGEST_TO_FILL:
        raise TelltaleError(
            "large_disk", "Give a folder on a small disk: mount -t tmpfs -o size=500m tmpfs FOLDER"
        )
    if "clock" in kinds and faked is None:
        raise TelltaleError(
            "no_clock", "libfaketime is missing, so no clock can be turned: apt install faketime"
        )


def _worker(desk: Desk, fault: Fault) -> None:
    desk.workers[fault.worker].end()


def _storing(desk: Desk, fault: Fault) -> None:
    """Kill a worker while it writes results, where one does so soon."""
    until = time.monotonic() + SEEN_STORING
    while time.monotonic() < until:
        if storing := next((worker for worker in desk.workers if _stores(worker)), None):
            time.sleep(fault.share * STORING)
            storing.end()
            return
        time.sleep(0.005)
    desk.workers[fault.worker].end()


def _stores(worker: Worker) -> bool:
    return any(worker.config.home.joinpath("staging").glob(f"*-{worker.name}"))


def _database(desk: Desk, _fault: Fault) -> None:
    """Cut every connection but those of this process."""
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name <> :ours AND pid <> pg_backend_pid()"
    )
    with session(desk.config) as opened:
        opened.execute(text(others), {"ours": OURS})


def _page(desk: Desk, _fault: Fault) -> None:
    if desk.pages:
        desk.pages.end()


def _disk(desk: Desk, _fault: Fault) -> None:
    """Fill the disk on which the desk lies, to the last byte."""
    ballast = desk.folder / "ballast"
    try:
        with ballast.open("wb") as file:
            _fill(file.fileno())
        desk.wait(desk.plan.lasting)
    finally:
        ballast.unlink()


def _fill(descriptor: int) -> None:
    size, step = 0, 64 * MIB
    while step:
        try:
            os.posix_fallocate(descriptor, size, step)
            size += step
        except OSError:
            step //= 2


def _moody(mood: storage.Mood) -> Callable[[Desk, Fault], None]:
    def suffer(desk: Desk, _fault: Fault) -> None:
        storage.set_mood(desk.folder / "storage", mood)
        desk.wait(desk.plan.lasting)
        storage.set_mood(desk.folder / "storage", storage.Mood())

    return suffer


def _clock(desk: Desk, fault: Fault) -> None:
    """Turn one worker's clock for a while."""
    told = desk.workers[fault.worker].clock
    clock.turn(told, TURNS[int(fault.share * len(TURNS))])
    desk.wait(desk.plan.lasting)
    clock.turn(told, 0)


FAULTS: dict[Kind, Callable[[Desk, Fault], None]] = {
    "worker": _worker,
    "storing": _storing,
    "database": _database,
    "page": _page,
    "disk": _disk,
    "full": _moody(storage.Mood(full=True)),
    "slow": _moody(storage.Mood(slow=SLOW)),
    "wrong": _moody(storage.Mood(wrong=WRONG)),
    "clock": _clock,
}
