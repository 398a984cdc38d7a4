"""Ports for the servers of tests, which several processes may run at the same moment."""

import os
import random
import socket
from itertools import count

FIRST, EACH = 20_000, 1_000  # for twelve processes below what systems hand out: no connection takes one in between
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_NEXT = count(FIRST + PROCESS * EACH + random.randrange(EACH // 2))  # another run on this machine begins elsewhere


def free_port() -> int:
    """One that nobody listens on, and that is given away once."""
    for port in _NEXT:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("counting doesn't end")
