"""The desk and its worker, started and ended together: `make run`, or `python -m scripts.desk` after `make setup`.

The desk listens on this machine only, on port 8501, or PORT where the environment says so. Ctrl-C ends both. A worker
that dies is started again; what it was doing goes on.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

from core.errors import TelltaleError
from core.settings import ROOT, settings
from scripts.first_run import put_examples

HOST, USUAL_PORT = "127.0.0.1", 8501
WORKER = [sys.executable, "-m", "pipelines.worker"]
LOOK = 0.5  # s between two looks at the children
HEALTHY = 20.0  # s; a worker that lived longer is simply started again
PATIENCE = 10.0  # s that a child has to end by itself
MOST_STARTS = 3  # of a worker that dies young


class Stopped(BaseException):
    """Somebody asked us to end."""


def main() -> None:
    """The command."""
    port = _port()
    _put_examples()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, _stop)
    desk, worker = _start_desk(port), Worker()
    try:
        while desk.poll() is None:
            worker.look_after()
            time.sleep(LOOK)
    except Stopped:
        print("\nEnding the desk and its worker.", flush=True)
    finally:
        _end(desk, worker.process)
    if desk.returncode > 0:
        sys.exit(
            "The desk ended by itself. The lines above say why; `make setup` looks whether all is in place."
        )


class Worker:
    """The worker process, started again when it dies."""

    def __init__(self) -> None:
        self._starts = 0
        self._start()

    def look_after(self) -> None:
        """Starts it again where it has died; gives up on one that dies at every start."""
        if self.process.poll() is None or self._starts > MOST_STARTS:
            return
        if time.monotonic() - self._started > HEALTHY:
            self._starts = 0
        if self._starts < MOST_STARTS:
            print("The worker stopped; starting it again.", flush=True)
            self._start()
        else:
            self._starts += 1
            print(
                "The worker stops at every start (see above). The desk stays, but nothing is analysed.",
                flush=True,
            )

    def _start(self) -> None:
        self._starts += 1
        self._started = time.monotonic()
        self.process = subprocess.Popen(WORKER, cwd=ROOT)


def _port() -> int:
    wanted = os.environ.get("PORT") or str(USUAL_PORT)
    if not wanted.isdecimal() or not 0 < int(wanted) < 2**16:
        sys.exit(f"PORT is {wanted!r}, which is no port. Give a number: PORT=8600 make run")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, int(wanted)))
        except OSError as error:
            sys.exit(
                f"Port {wanted} can't be had ({error.strerror}). Another desk? Choose one: PORT=8600 make run"
            )
    return int(wanted)


def _put_examples() -> None:
    """The first start shows something analysed; a desk without an example is still a desk."""
    try:
        names = put_examples(settings())
    except TelltaleError as error:
        print(f"The examples could not be put on the desk: {error.message}")
    else:
        if names:
            print(f"First start: the examples {', '.join(names)} are on the desk and being analysed.")


def _start_desk(port: int) -> subprocess.Popen[bytes]:
    print(f"The desk: http://localhost:{port}   Its files: {settings().home}   To end it: Ctrl-C", flush=True)
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    return subprocess.Popen(command, cwd=ROOT)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            kind, signal.SIG_IGN
        )  # ending takes a moment; a second Ctrl-C must not leave children behind
    raise Stopped


def _end(*children: subprocess.Popen[bytes]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    main()
