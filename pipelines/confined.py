"""The inside of `pipelines.confine`: sets its own limits and fence, then answers calls until the other side is gone.

python -m pipelines.confined FD
"""

import errno
import gc
import importlib
import json
import logging
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from core import errors, logs
from pipelines import fence
from pipelines.niceness import give_way

Json = dict[str, Any]
Report = Callable[[Json], None]
Task = Callable[[Json, Report], Json]

KINDS = (errors.MediaRefused, errors.AnalysisFailed, errors.Cancelled, errors.WeightsRefused)
FAULT = "fault"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
OUT_OF_MEMORY = ("not enough memory", "insufficient memory", "can't allocate memory", "bad_alloc")

log = logging.getLogger("telltale.confined")


def record_of(error: errors.TelltaleError) -> Json:
    """A typed error as plain JSON."""
    return {"kind": type(error).__name__, "code": error.code, "message": error.message}


def error_of(record: Json) -> errors.TelltaleError:
    """The typed error that a record stands for; an unknown kind counts as a failed analysis."""
    kind = {known.__name__: known for known in KINDS}.get(str(record.get("kind")), errors.AnalysisFailed)
    return kind(str(record.get("code")), str(record.get("message"))[:2000])


def ran_out_of_memory(error: Exception) -> bool:
    """Whether this error means that there was no more memory to be had: libraries say it each in their own way."""
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in OUT_OF_MEMORY)


def no_room(error: Exception) -> errors.AnalysisFailed | None:
    """What to say where this error means that a disk is full; None where it means something else."""
    if not isinstance(error, OSError) or error.errno not in FULL:
        return None
    return errors.AnalysisFailed(
        "no_room", "What was found could not be stored: the disk is full. Make room on it, then try again."
    )


def main(descriptor: int) -> None:
    """Answer calls on a socket that the parent opened."""
    give_way()
    pipe = Connection(descriptor)
    hello = json.loads(pipe.recv_bytes())
    seconds = hello["limits"]["seconds"]
    _confine(hello["limits"])
    logs.set_up("child", hello["log_form"])
    scratch = Path(hello["scratch"]) if hello["scratch"] else None
    fence.enclose(hello["task"], tuple(map(Path, hello["reads"])), scratch, hello["network"])
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    task: Task | None = None
    with suppress(Exception):  # loaded again at the first call, which then says why it failed
        task = _load(hello["task"], hello["setup"])
    while True:
        asked = json.loads(pipe.recv_bytes())
        _allow_cpu(seconds)
        with logs.about(**asked["about"]):
            try:
                task = task or _load(hello["task"], hello["setup"])
                answer = {"result": task(asked["request"], lambda progress: _send(pipe, {"progress": progress}))}
            except Exception as error:
                answer = {"error": record_of(_typed(error))}
        _send(pipe, answer)
        gc.collect()  # containers of PyAV hang in circles and keep their threads; the next file needs the memory


def _load(task: str, setup: Json) -> Task:
    module, function = task.split(":")
    made: Task = getattr(importlib.import_module(module), function)(setup)
    return made


def _send(pipe: Connection, message: Json) -> None:
    pipe.send_bytes(json.dumps(message).encode())


def _typed(error: Exception) -> errors.TelltaleError:
    if isinstance(error, errors.TelltaleError):
        return error
    if isinstance(error, BrokenPipeError):
        _leave()
    if ran_out_of_memory(error):
        return errors.AnalysisFailed(
            "memory", "This file needs more memory than one analysis may use (TELLTALE_ANALYSIS_MEMORY)."
        )
    if full := no_room(error):
        return full
    log.error("unexpected", exc_info=error)
    return errors.AnalysisFailed(
        FAULT,
        f"The analysis met a fault of ours ({type(error).__name__}). The worker's log has the details.",
    )


def _confine(limits: Json) -> None:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["files"],) * 2)
    # Not the address space: the libraries' code is a part of that, gigabytes of it in a CUDA build.
    resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"],) * 2)


def _allow_cpu(seconds: float) -> None:
    """One call's worth of computing time, on top of what the calls before used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = used.ru_utime + used.ru_stime + seconds * (os.cpu_count() or 1)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(allowed) + 1, most))


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    _leave()


def _leave() -> NoReturn:
    """The parent is gone. Not sys.exit: mediapipe's networks can hang the garbage collector for ever."""
    os._exit(0)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (EOFError, ConnectionError):
        _leave()
