"""The workers of a machine, started together, started again when they die, and ended together: `make worker`.

    TELLTALE_WORKERS=4 python -m scripts.crew

The settings are the desk's: the same database, the same files. How many there are is TELLTALE_WORKERS.
"""

import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

from core.settings import ROOT, settings

LOOK = 0.5  # s between two looks at the children
HEALTHY = 20.0  # s; a worker that lived longer is simply started again
PATIENCE = 10.0  # s that a child has to end by itself, beside what a job in hand has
MOST_STARTS = 3  # of a worker that dies young


class Stopped(BaseException):
    """Somebody asked us to end."""


class Worker:
    """A worker process, started again when it dies."""

    def __init__(self, name: str) -> None:
        self._name, self._starts = name, 0
        self._start()

    def look_after(self) -> None:
        """Starts it again where it has died; gives up on one that dies at every start."""
        if self.process.poll() is None or self._starts > MOST_STARTS:
            return
        if time.monotonic() - self._started > HEALTHY:
            self._starts = 0
        if self._starts < MOST_STARTS:
            print(f"The worker {self._name} stopped; starting it again.", flush=True)
            self._start()
        else:
            self._starts += 1
            print(f"The worker {self._name} stops at every start (see above). It analyses nothing.", flush=True)

    def _start(self) -> None:
        self._starts += 1
        self._started = time.monotonic()
        command = [sys.executable, "-m", "pipelines.worker", "--name", self._name]
        self.process = subprocess.Popen(command, cwd=ROOT)


def crew() -> list[Worker]:
    """This machine's workers, each under a name that it had at the last start."""
    return [Worker(f"{socket.gethostname()}-{number}") for number in range(1, settings().workers + 1)]


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
    workers = crew()
    try:
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
