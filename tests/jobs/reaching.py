"""What a fenced process may try to reach this machine after all; a task for the confined process."""

import socket
import subprocess
from typing import Any

from pipelines.reach import Fence, is_public


def fenced(_setup: dict[str, Any]) -> Any:
    """A task that is fenced in like the fetcher, and tries what the request says."""
    fence = Fence(is_public)
    fence.close()

    def attempt(request: dict[str, Any], _report: Any) -> dict[str, Any]:
        try:
            _try(request["way"], request["port"])
        except OSError as error:
            return {"error": type(error).__name__, "refused": fence.refused}
        return {"error": None}

    return attempt


def _try(way: str, port: int) -> None:
    match way:
        case "name":
            socket.create_connection(("localhost", port))
        case "name that changes":  # public when it was looked at, private when it was connected to
            answers = iter(["93.184.215.14", "127.0.0.1"])
            socket.getaddrinfo = lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
            socket.getaddrinfo("x", port)
            socket.create_connection(("x", port))
        case "unresolved":
            socket.socket().connect(("localhost", port))
        case "mapped":
            socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", port))
        case "unix":
            socket.socket(socket.AF_UNIX).connect("/run/x.sock")
        case "datagram":
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))
        case "program":
            subprocess.run(["true"])
