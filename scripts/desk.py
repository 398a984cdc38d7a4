"""The desk and its workers, started and ended together: `make run`, or `python -m scripts.desk` after `make setup`.

The desk listens on this machine only, on port 8501, or PORT where the environment says so. Ctrl-C ends all. A worker
that dies is started again; what it was doing goes on.
"""

import os
import socket
import subprocess
import sys
import time

from core.errors import TelltaleError
from core.settings import ROOT, settings
from scripts.crew import LOOK, Stopped, Worker, crew, end, heed_signals
from scripts.first_run import put_examples

HOST, USUAL_PORT = "127.0.0.1", 8501


def main() -> None:
    """The command."""
    port = _port()
    _put_examples()
    heed_signals()
    desk = _start_desk(port)
    workers: list[Worker] = []
    try:
        workers.extend(crew())
        while desk.poll() is None:
            for worker in workers:
                worker.look_after()
            time.sleep(LOOK)
    except Stopped:
        print("\nEnding the desk and its workers.", flush=True)
    finally:
        end(desk, *(worker.process for worker in workers))
    if desk.returncode > 0:
        sys.exit(
            "The desk ended by itself. The lines above say why; `make setup` looks whether all is in place."
        )


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


if __name__ == "__main__":
    main()
