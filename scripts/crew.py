"""The workers of a machine, started together, started again when they die, and ended together: `make worker`.

    TELLTALE_WORKERS=4 python -m scripts.crew

The settings are the desk's: the same database, the same files. How many there are is TELLTALE_WORKERS.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from core.settings import ROOT, settings

LOOK = 0.5  # s between two looks at the children
HEALTHY = 20.0  # s; a worker that lived longer is simply started again
PATIENCE = 10.0  # s that a child has to end by itself, beside what a job in hand has
MOST_STARTS = 3  # of a worker that dies young each time
LATER = 60.0  # s until such a one is tried again: by then the disk may have room, or the database be back


class Stopped(BaseException):
    """Somebody asked us to end."""


class Worker:
    """A worker process, started again when it dies."""

    def __init__(self, name: str) -> None:
        self._name, self._young = name, 0
        self._due: float | None = None  # when to start it again; None while it lives
        self._start()

    def look_after(self) -> None:
        """Starts it again where it has died; after a while where it died at every start."""
        if self.process.poll() is None:
            return
        if self._due is None:
            self._due = time.monotonic() + self._pause()
        if time.monotonic() >= self._due:
            self._start()

    def _pause(self) -> float:
        """How long to wait now that it has died, s; said once for each death."""
        self._young = 0 if time.monotonic() - self._started > HEALTHY else self._young + 1
        if self._young < MOST_STARTS:
            print(f"The worker {self._name} stopped; starting it again.", flush=True)
            return 0.0
        stops = f"The worker {self._name} stops at every start (see above), so it analyses nothing."
        print(f"{stops} Trying again in {LATER:.0f} s.", flush=True)
        return LATER

    def _start(self) -> None:
        self._started, self._due = time.monotonic(), None
        command = [sys.executable, "-m", "pipelines.worker", "--name", self._name]
        self.process = subprocess.Popen(command, cwd=ROOT)


def crew() -> Iterator[Worker]:
    """This machine's workers, each under a name that it had at the last start; started as they are asked for."""
    return (Worker(f"{socket.gethostname()}-{number}") for number in range(1, settings().workers + 1))


def heed_signals() -> None:
    """Let SIGINT and SIGTERM raise `Stopped`, once."""
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, _stop)


def end(*children: subprocess.Popen[bytes]) -> None:
    """Ask all to end, and end those that don't in time."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE + settings().drain_seconds
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    for kind in (signal.SIGINT, signal.SIGTERM):
        # Ending takes a moment; a second Ctrl-C must not leave children behind.
        signal.signal(kind, signal.SIG_IGN)
    raise Stopped


def main() -> None:
    """The command."""
    heed_signals()
    workers: list[Worker] = []
    try:
        workers.extend(crew())  # one by one: whatever ends us meanwhile, those that were started are ended
        while True:
            for worker in workers:
                worker.look_after()
            time.sleep(LOOK)
    except Stopped:
        print("Ending the workers.", flush=True)
    finally:
        end(*(worker.process for worker in workers))


if __name__ == "__main__":
    main()
