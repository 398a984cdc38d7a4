"""A child process with limits, for everything that touches the bytes of a file we were given.

Decoders are where hostile media do their harm. So they run in a process that has bounded memory and time, a bare
environment without the database's address, and no core dump; it may crash or hang without taking the desk along.
The kernel keeps it from the network (but for the one that fetches), from other programs, and from all files but those
it is given (`fence`).
It stays alive between calls, so that models are loaded once, and is replaced when it died.

Only JSON crosses the border (never pickle), and nothing that comes back is trusted in size or shape.
"""

import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core import logs
from core.errors import AnalysisFailed
from pipelines.confined import FAULT, error_of

Json = dict[str, Any]
Heed = Callable[[Json | None], None]

LAST_WORDS = 4096  # bytes
STUCK = 10  # s without a byte in the middle of a message
TICK = 0.5  # s between two looks at whether somebody wants the child to stop
LONGEST_MESSAGE = 1 << 20  # bytes; results that are larger go through files
KEPT_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
)
OWN_ENVIRONMENT = {
    "GLOG_minloglevel": "2",  # mediapipe's chatter
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "MALLOC_ARENA_MAX": "2",  # an arena for each thread would eat the memory that is allowed
}


log = logging.getLogger("telltale.confine")


@dataclass(frozen=True)
class Limits:
    """What one child may use."""

    memory: int  # of its own (not code, not files), bytes
    seconds: float  # of one call, by the clock on the wall
    file_bytes: int = 1 << 28  # largest file it may write
    files: int = 256  # open at once


@dataclass(frozen=True)
class Reach:
    """What one child may touch beside its own code; a path that is not there yet is not granted."""

    reads: tuple[Path, ...] = ()
    scratch: Path | None = None  # the one folder that it may write to
    network: bool = False  # whether it may open connections; to where, its own task must see to


def _ignore(_progress: Json | None) -> None:
    """For callers who don't wait for progress."""


class Confined:
    """One child that answers calls, one after the other.

    `task` names a function, "module:function". In the child it is called once, with `setup`, and gives a
    callable (request, report) → result; all of these are plain JSON.
    """

    def __init__(self, task: str, limits: Limits, reach: Reach, setup: Json | None = None) -> None:
        self._hello = {
            "task": task,
            "limits": asdict(limits),
            "reads": [str(path.resolve()) for path in reach.reads],
            "scratch": str(reach.scratch.resolve()) if reach.scratch else None,
            "network": reach.network,
            "setup": setup or {},
            "log_form": logs.form(),
        }
        self._seconds, self._scratch = limits.seconds, reach.scratch
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        # What the libraries chatter is kept from the log until it matters.
        self._said = tempfile.TemporaryFile("a+b")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, request: Json, heed: Heed = _ignore) -> Json:
        """Ask the child and wait.

        `heed` gets the child's progress as it comes, and None when it was silent for half a second; whatever
        it raises ends the child and reaches the caller; but an OSError or an EOFError counts as the child's own end.

        Raises:
            TelltaleError: what the child refused, with its own kind, code and message.
            AnalysisFailed: `crashed`, `timeout`, `memory` or `fault`, when the child didn't live to answer.
        """
        self._said.truncate(0)
        try:
            answer = self._answer(request, heed)
        except (EOFError, OSError) as broken:
            self._log_last_words()
            raise self._cause_of_death() from broken
        except BaseException:
            self.close()
            raise
        if "error" in answer:
            error = error_of(answer["error"])
            if error.code == FAULT:
                self._log_last_words()
            raise error
        return dict(answer["result"])

    def start(self) -> None:
        """Have the child load its models now, not at the first call."""
        self._running()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _running(self) -> Connection:
        if self._process is not None and self._process.poll() is None and self._pipe is not None:
            return self._pipe
        self.close()
        ours, theirs = socket.socketpair()
        for stuck in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # half a message may not hold us for ever
            ours.setsockopt(socket.SOL_SOCKET, stuck, struct.pack("ll", STUCK, 0))
        with theirs:
            command = [sys.executable, "-m", "pipelines.confined", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                env=_environment(self._scratch),
                start_new_session=True,  # a Ctrl-C is for us; the child's end would count as a crash
            )
        self._pipe = Connection(ours.detach())
        self._pipe.send_bytes(json.dumps(self._hello).encode())
        return self._pipe

    def _answer(self, request: Json, heed: Heed) -> Json:
        pipe = self._running()
        pipe.send_bytes(json.dumps({"request": request, "about": logs.subject()}).encode())
        deadline = time.monotonic() + self._seconds
        while True:
            message = _message(pipe) if pipe.poll(TICK) else {"progress": None}
            if "progress" not in message:
                return message
            heed(message["progress"])
            if time.monotonic() > deadline:
                why = f"This took more than {self._seconds:.0f} s and was given up."
                raise AnalysisFailed("timeout", why)

    def _cause_of_death(self) -> AnalysisFailed:
        began, status = self._process is not None, self._last_status()
        self.close()
        if not began or (status is not None and status > 0):  # it ended outside of its task, which answers for itself
            return AnalysisFailed(FAULT, "The analysis could not start, or ended by itself. The log has the details.")
        if status == -signal.SIGXCPU:
            return AnalysisFailed("timeout", "This took more computing time than allowed and was given up.")
        if status == -signal.SIGKILL:
            return AnalysisFailed(
                "memory", "The system ended the analysis, most likely for want of memory. Try it again alone."
            )
        return AnalysisFailed(
            "crashed",
            "The decoder crashed on this file. It may be damaged or made to do harm: "
            "re-encode it elsewhere, or leave it.",
        )

    def _log_last_words(self) -> None:
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - LAST_WORDS))
        log.warning("the confined process said last:\n%s", self._said.read().decode(errors="replace"))

    def _last_status(self) -> int | None:
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return None


def _message(pipe: Connection) -> Json:
    """The child's next message; one that no child of ours would send counts as its end."""
    try:
        message = json.loads(pipe.recv_bytes(LONGEST_MESSAGE))
    except ValueError as garbled:
        raise EOFError from garbled
    if not isinstance(message, dict) or not message.keys() & {"progress", "result", "error"}:
        raise EOFError
    return message


def _environment(scratch: Path | None) -> dict[str, str]:
    """What the child needs to run: not the database's address, nor any other secret of the desk."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return kept | OWN_ENVIRONMENT | ({"TMPDIR": str(scratch)} if scratch else {})
