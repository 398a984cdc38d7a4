"""The frames that weigh most: kept while the clip goes by, explained by heatmaps at its end."""

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detectors.card import Calibration
from core.detectors.registry import Detector
from core.evidence import FrameScore, Heatmap, MediaKind
from core.judgement.calibration import probability
from pipelines.media.crops import Image, Matrix, inverse
from pipelines.media.decode import Frame
from pipelines.media.stability import Variants, variants
from pipelines.media.tracks import Trail

FRAME_SIDE = 960  # px, longer side of the kept frame
JPEG_QUALITY = 85
APART = 2.0  # s between two highlights of one trail, at most; shorter clips have them closer
RETRIED = 8  # highlights of a trail that are scored again, at most
POOL = 4  # times as many are kept as will be explained: which trail is the strongest is known at the end only


@dataclass(frozen=True)
class Highlight:
    """One scored face with what its heatmap needs."""

    seen: FrameScore
    raw: float
    crop: Image
    to_frame: Matrix
    frame: Image | None  # scaled by `frame_scale`; None where it is kept for the trail's sake, without a heatmap
    frame_scale: float


class Highlights:
    """Holds at most a few dozen small frames, whatever the length of the clip, and of each trail at least one crop.

    That one must stay: without it nobody could see whether the trail's score holds.
    """

    def __init__(self, wanted: int, duration: float) -> None:
        """`wanted` heatmaps will be drawn of a clip of `duration` s."""
        self._frames = POOL * wanted
        self._each = max(1, wanted)
        self._apart = min(APART, duration / (2 * self._each))
        self._kept: dict[int, list[Highlight]] = defaultdict(list)
        self._trails: dict[int, Trail] = {}

    def offer(self, trail: Trail, seen: FrameScore, crop: Image, matrix: Matrix, frame: Frame) -> None:
        """Keep this face if it weighs more than its neighbours in time and than what is kept already."""
        if seen.raw_score is None or not self._weighs(trail, seen, seen.raw_score):
            return
        small, scale = _shrunk(frame)
        highlight = Highlight(seen, seen.raw_score, crop, inverse(matrix), small, scale)
        kept = [other for other in self._kept[id(trail)] if not self._close(other.seen, seen)]
        self._trails[id(trail)] = trail
        self._kept[id(trail)] = sorted([*kept, highlight], key=lambda h: h.raw, reverse=True)[: self._each]
        while len(with_frames := self._with_frames()) > self._frames:
            self._drop_weakest(with_frames)

    def of(self, trail: Trail) -> list[Highlight]:
        """What is kept of one trail, the highest raw score first."""
        return self._kept.get(id(trail), [])

    def _weighs(self, trail: Trail, seen: FrameScore, raw: float) -> bool:
        kept = self._kept[id(trail)]
        close = [other for other in kept if self._close(other.seen, seen)]
        rivals = close or (kept if len(kept) == self._each else [])
        return raw > min((other.raw for other in rivals), default=-np.inf) and all(
            raw > other.raw for other in close
        )

    def _close(self, a: FrameScore, b: FrameScore) -> bool:
        return abs(a.time - b.time) < self._apart

    def _with_frames(self) -> list[int]:
        """The trail of each highlight that has its frame."""
        return [key for key, kept in self._kept.items() for one in kept if one.frame is not None]

    def _drop_weakest(self, among: list[int]) -> None:
        kept = self._kept[min(set(among), key=lambda key: _mean(self._trails[key]))]
        last = kept.pop()
        if not kept:
            kept.append(replace(last, frame=None))


@dataclass(frozen=True)
class Retried:
    """A highlight, and the raw scores of its crop after changes that prove nothing."""

    highlight: Highlight
    variants: Variants


def retried(highlights: list[Highlight], detector: Detector, kind: MediaKind) -> list[Retried]:
    """The first few of a trail's highlights, scored again after each change."""
    return [Retried(one, variants(one.crop, detector, kind)) for one in highlights[:RETRIED]]


def explained(
    chosen: list[tuple[str, Retried]], detector: Detector, calibration: Calibration
) -> tuple[Heatmap, ...]:
    """The heatmaps of these highlights, which have their frames, each with the id of its track."""
    if not chosen:
        return ()
    heats = detector.heat(np.stack([again.highlight.crop for _, again in chosen]))
    return tuple(
        replace(_heatmap(track, again.highlight, heat), variants={
            name: probability(raw, calibration) for name, raw in again.variants.items()
        })
        for (track, again), heat in zip(chosen, heats, strict=True)
    )  # fmt: skip


def _shrunk(frame: Frame) -> tuple[Image, float]:
    scale = min(1.0, FRAME_SIDE / max(frame.image.shape[:2]))
    if scale == 1.0:
        return frame.image, scale
    if max(frame.small.shape) == FRAME_SIDE and scale == 0.5:  # of 1080p, the very picture is at hand
        return frame.small, scale
    return np.asarray(
        cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    ), scale


def _mean(trail: Trail) -> float:
    raws = [seen.raw_score for seen in trail.seen if seen.raw_score is not None]
    return fmean(raws) if raws else -np.inf


def _heatmap(track: str, highlight: Highlight, heat: NDArray[np.float32]) -> Heatmap:
    assert highlight.frame is not None
    a, b, c, d, e, f = highlight.to_frame.ravel().tolist()
    return Heatmap(
        track=track,
        index=highlight.seen.index,
        time=highlight.seen.time,
        crop_png=_encoded(".png", highlight.crop),
        heat_png=_encoded(".png", np.rint(heat * 255).clip(0, 255).astype(np.uint8)),
        frame_jpg=_encoded(".jpg", highlight.frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]),
        frame_scale=highlight.frame_scale,
        to_frame=(a, b, c, d, e, f),
    )


def _encoded(suffix: str, image: NDArray[np.uint8], options: list[int] | None = None) -> bytes:
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    done, data = cv2.imencode(suffix, pixels, options or [])
    assert done, f"OpenCV can't write {suffix}"
    return data.tobytes()
