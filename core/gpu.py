"""Whether this machine has a GPU that torch computes on: the one place that asks, of the machine and not of a setting.

A GPU is NVIDIA's here. Whoever analyses takes it where there is one, and does without where there is none.
"""

import ctypes
import subprocess
import sys
from functools import cache
from typing import Literal

from core.settings import Settings

Device = Literal["cpu", "cuda"]

DRIVER = "libcuda.so.1"
ASK = [sys.executable, "-c", "import sys, torch; sys.exit(not torch.cuda.is_available())"]


def device(config: Settings) -> Device:
    """What this machine computes on: its GPU, unless it has none or `TELLTALE_GPU` forbids it."""
    return "cuda" if config.gpu and is_there() else "cpu"


@cache
def is_there() -> bool:
    """Whether torch finds a GPU. In a process of its own: torch is large, and a worker does without it.

    Only where the driver is installed: without it there is none, and to load torch takes seconds.
    """
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        return False
    return subprocess.run(ASK, check=False).returncode == 0
