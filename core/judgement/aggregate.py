"""Frames → track → clip."""

from collections.abc import Sequence
from statistics import fmean


def track_raw(raws: Sequence[float]) -> float:
    """A track's raw score: the mean of its frames' logits. One odd frame moves it little; a steady sign carries it."""
    return fmean(raws)


def clip_raw(tracks: Sequence[float]) -> float:
    """A clip's raw score: that of its strongest track, for one manipulated person makes a manipulated clip."""
    return max(tracks)
