"""How a rate changes over a run."""

import math
from collections.abc import Callable

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1 - done,
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
    "second_half": lambda done: min(1.0, 2 - 2 * done),  # constant, then linear to nothing (Zhu et al. 2017)
}


def factor(schedule: str, done: float, warmup: float = 0.0) -> float:
    """What the rate is multiplied with when the share `done` of a run lies behind; `warmup` is a share too."""
    if done < warmup:
        return done / warmup
    return SCHEDULES[schedule](min(1.0, (done - warmup) / (1 - warmup)))
