"""Frames → track; which track speaks for a clip depends on their bands, see `pipelines.media.judge`."""

from collections.abc import Sequence
from statistics import fmean


def track_raw(raws: Sequence[float]) -> float:
    """A track's raw score: the mean of its frames' logits. One odd frame moves it little; a steady sign carries it."""
    return fmean(raws)
