"""What is to happen to a desk, drawn by a seed: which fault, to whom, when, for how long."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["worker", "storing", "database", "page", "disk", "full", "slow", "wrong", "clock"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TURNS = (-86_400, -60, 60, 86_400)  # s by which a clock is turned
SHORTEST_WAIT, LONGEST_WAIT = 0.2, 1.8  # of the mean time between two faults


@dataclass(frozen=True)
class Plan:
    """A run. The desk is kept busy until `faults` of them have happened, with `clips` at least."""

    seed: int
    clips: int
    workers: int
    faults: int
    kinds: tuple[Kind, ...]
    every: float  # s between two faults, in the mean
    lasting: float  # s that a fault lasts which can be taken away again: a full disk, a slow storage
    longest: float  # s, of a clip
    through: tuple[
        str, ...
    ] = ()  # the command through which workers are started, as one that bounds their CPU
    port: int | None = None  # of the page server; None for a desk without pages

    @property
    def apart(self) -> bool:
        """Whether each worker is a machine of its own, with a storage between them."""
        return bool({"full", "slow", "wrong"}.intersection(self.kinds))


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, `wait` s after the one before."""

    number: int
    kind: Kind
    wait: float
    worker: int  # whom it hits, where it hits one
    share: float  # 0–1: how far into what it hits, how much of it


def faults(plan: Plan) -> Iterator[Fault]:
    """All of them in order; the same plan gives the same."""
    dice = random.Random(plan.seed)  # noqa: S311  # to repeat, not to hide
    for number in range(1, plan.faults + 1):
        wait = plan.every * dice.uniform(SHORTEST_WAIT, LONGEST_WAIT)
        yield Fault(number, dice.choice(plan.kinds), wait, dice.randrange(plan.workers), dice.random())
