"""What the desk says, in words first."""

from bisect import bisect_left
from collections.abc import Collection

from core.detectors.card import Thresholds
from core.evidence import Band, MediaKind

WORDS: dict[Band, str] = {
    "signs": "Signs of manipulation",
    "inconclusive": "Inconclusive",
    "no_signs": "No signs found",
    "too_poor": "Too poor to judge",
    "no_face": "No face found",
}

# What may not be read into the words.
CAUTIONS: dict[Band, str] = {
    "signs": "A sign is not proof. It says that the face looks like those that the detector learned to suspect.",
    "inconclusive": "The evidence does not decide. It speaks neither for nor against the file; a better copy may.",
    "no_signs": "Nothing was found. That does not show that the file is genuine.",
    "too_poor": "The faces are too small, too blurred, too dark or too few for the detector; a better copy may help. "
    "There is no score.",
    "no_face": "The detector judges faces, and no face was found. It says nothing about this file.",
}


def band(low: float, high: float, thresholds: Thresholds) -> Band:
    """The band of a raw score that lies between `low` and `high` when the picture is re-encoded, scaled or mirrored.

    It must hold under all of that: a score that crosses a threshold on the way is inconclusive.
    """
    if low > thresholds.signs:
        return "signs"
    return "no_signs" if high < thresholds.no_signs else "inconclusive"


def strongest(bands: Collection[Band]) -> Band:
    """The band of a clip, from those of its judged tracks: one manipulated person makes a manipulated clip."""
    if "signs" in bands:
        return "signs"
    return "inconclusive" if "inconclusive" in bands else "no_signs"


def meaning(raw: float, kind: MediaKind, thresholds: Thresholds) -> str:
    """The sentence that gives a score its meaning: how many genuine files of its kind looked as suspicious."""
    files = "clips" if kind == "video" else "pictures"
    n = len(thresholds.genuine)
    as_high = n - bisect_left(thresholds.genuine, raw)
    if as_high == 0:
        return f"None of {n} genuine {files} scored as high. That is all we can claim from {n}."
    share = "under 1 %" if as_high < n / 100 else f"{as_high / n:.0%}"
    return f"Of {n} genuine {files}, {as_high} ({share}) scored at least as high."
