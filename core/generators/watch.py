"""Looks at a run while it learns: ends it when it diverges, warns when it collapses."""

import math
from collections import deque
from collections.abc import Iterable

from core.errors import TelltaleError

LEAST_DIVERSITY = 0.5  # of the real pictures'; a healthy generator soon has more than 0.8
MOST_ACCURACY = 0.995  # of pairs told apart: then the generator's gradient says little
FORMING = 0.2  # share of a run in which samples are still taking shape, and alike for that reason
REMEMBERED = 50  # lines of the journal over which accuracy is averaged


class Diverged(TelltaleError):
    """A loss or a gradient is no number any more. The last checkpoint is from before."""


class Watch:
    """Remembers the discriminator's accuracy; `history` are the figures of a resumed run's journal."""

    def __init__(self, history: Iterable[dict[str, float]] = ()) -> None:
        self._accuracy: deque[float] = deque(maxlen=REMEMBERED)
        for figures in history:
            self._remember(figures)

    def check(self, step: int, figures: dict[str, float]) -> None:
        """Diverged where a figure is infinite or not a number."""
        broken = [name for name, value in figures.items() if not math.isfinite(value)]
        if broken:
            message = f"{broken[0]} is not a number after step {step}: the run has diverged."
            raise Diverged("diverged", f"{message} Lower the rates, or add a penalty or a clip, and start anew.")
        self._remember(figures)

    def warnings(self, diversity: float, done: float) -> list[str]:
        """What looks like collapse: samples that are alike, a discriminator that is never wrong.

        `done`: the share of the planned run that lies behind.
        """
        found = []
        if diversity < LEAST_DIVERSITY and done > FORMING:
            seen = f"Samples are {diversity:.2f} times as varied as real pictures"
            found.append(f"{seen}: the generator may have collapsed.")
        if len(self._accuracy) == REMEMBERED and self.accuracy > MOST_ACCURACY:
            seen = f"The discriminator tells {self.accuracy:.1%} of pairs apart"
            found.append(f"{seen}: the generator learns little from it.")
        return found

    @property
    def accuracy(self) -> float:
        """Mean of the remembered accuracies; 0.5 before there are any."""
        return sum(self._accuracy) / len(self._accuracy) if self._accuracy else 0.5

    def _remember(self, figures: dict[str, float]) -> None:
        if "d/accuracy" in figures:
            self._accuracy.append(figures["d/accuracy"])
