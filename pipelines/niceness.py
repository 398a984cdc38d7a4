"""How far a process gives way to all others of its machine."""

import os
import time
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
TRIES = 10
APART = 0.1  # s: sooner than that the kernel hears no second process, unless it is root's


def give_way(further: int = 0) -> None:
    """From now on this process, and what it starts, is nicer by `further` than what started it; 19 is most.

    Linux groups processes by session, and niceness counts within the group only. So a process that has a session of its
    own tells the group, too: without that a child of the nicest process takes as much of a core as anybody.
    """
    nice = os.nice(further)
    if nice > 0 and os.getsid(0) == os.getpid():
        _tell_the_group(nice)


def _tell_the_group(nice: int) -> None:
    with suppress(OSError):  # there are systems without such groups
        for _ in range(TRIES):
            try:
                AUTOGROUP.write_text(str(nice))
                return
            except BlockingIOError:
                time.sleep(APART)
