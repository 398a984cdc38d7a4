"""Whether a score holds when the picture goes through what the web does to pictures.

A face that is manipulated stays manipulated when it is re-encoded, made smaller or mirrored. Where a score depends on
that, it says something about the picture's way here, and the desk says "inconclusive".
"""

from collections.abc import Callable, Sequence
from statistics import fmean

import cv2
import numpy as np

from core.detectors.registry import Detector
from core.evidence import MediaKind
from pipelines.media.crops import Image

JPEG_QUALITY = 50
RAW_DIGITS = 4

Variants = dict[str, float]  # name → raw score


def recompressed(crop: Image) -> Image:
    """After JPEG as messengers and low-quality video leave it."""
    _, code = cv2.imencode(".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR_RGB), np.uint8)


def rescaled(crop: Image) -> Image:
    """After half the size."""
    side = crop.shape[0]
    small = cv2.resize(crop, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def mirrored(crop: Image) -> Image:
    """Left for right."""
    return np.ascontiguousarray(crop[:, ::-1])


CHANGES: dict[str, Callable[[Image], Image]] = {"jpeg": recompressed, "small": rescaled, "flip": mirrored}


def variants(crop: Image, detector: Detector, kind: MediaKind) -> Variants:
    """What the same crop of a clip or a still scores after each of the `CHANGES`."""
    raws = detector.score(np.stack([change(crop) for change in CHANGES.values()]), kind)
    return {name: round(float(raw), RAW_DIGITS) for name, raw in zip(CHANGES, raws, strict=True)}


def reach(raw: float, frames: Sequence[tuple[float, Variants]]) -> tuple[float, float]:
    """The lowest and the highest that a track's raw score becomes, were all its frames changed as these are.

    `frames` are raw scores, at least one, each with those of its variants. A change counts by what it does on average.
    """
    shifts = [fmean(found[name] - before for before, found in frames) for name in CHANGES]
    return raw + min(0.0, *shifts), raw + max(0.0, *shifts)
