"""What a process tells of its work while it works: a line each, for people, or as JSON for programs that gather them.

    with about(job=12, media="9c1f…", stage="examine"):
        log.info("begun")

What a line is about is told once and stands in every line below, whoever writes it. JSON lines name files by their hash
alone: what somebody called a file (`called`) is shown to people, on the machine that they look at. Nothing is logged
that opens a door: no address of a database, no token, no password.
"""

import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

Form = Literal["plain", "json"]

OURS = "telltale"
ONLY_FOR_PEOPLE = frozenset({"called"})

_about: ContextVar[dict[str, Any]] = ContextVar("about", default={})  # noqa: B039 - replaced, never changed


@contextmanager
def about(**told: Any) -> Iterator[None]:
    """Every line within is about this, too; None takes nothing away."""
    token = _about.set(_about.get() | {key: value for key, value in told.items() if value is not None})
    try:
        yield
    finally:
        _about.reset(token)


def subject() -> dict[str, Any]:
    """What lines are about here, to be handed to a process that works on it."""
    return dict(_about.get())


def form() -> Form:
    """How this process writes its lines."""
    return "json" if any(isinstance(one.formatter, Json) for one in logging.getLogger().handlers) else "plain"


def set_up(process: str, wanted: Form) -> None:
    """Write lines to standard error from now on. JSON also tells of each stage of a job; people need not read that."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json(process) if wanted == "json" else Plain(process))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.DEBUG if wanted == "json" else logging.INFO)


class Plain(logging.Formatter):
    """`13:20:01 worker: job 12 'clip.mp4': taken up`."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process}: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        told = _about.get()
        if "job" in told:
            called = f" {told['called']!r}" if "called" in told else ""
            record.message = f"job {told['job']}{called}: {record.message}"
        return super().formatMessage(record)


class Json(logging.Formatter):
    """One object a line: `at` (UTC), `level`, `process`, `pid`, `host`, `logger`, `message`, its subject, `error`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._always = {"process": process, "pid": os.getpid(), "host": socket.gethostname()}

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._always,
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in _about.get().items() if key not in ONLY_FOR_PEOPLE},
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
