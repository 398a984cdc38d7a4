"""Frames → track → clip: what was seen of each person becomes a score and a band, or the reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.detectors.card import Card, Scale
from core.evidence import Band, MediaKind, Track
from core.judgement.aggregate import clip_raw, track_raw
from core.judgement.bands import band
from core.judgement.calibration import probability
from pipelines.media.tracks import Trail, letters


@dataclass(frozen=True)
class Judgement:
    """The clip as a whole."""

    band: Band
    raw_score: float | None
    score: float | None


def track_of(number: int, trail: Trail, card: Card, kind: MediaKind, frames_sampled: int) -> Track:
    """The track of one person: too poor to judge with fewer judgeable frames than the card asks for.

    A still, or a clip of a few frames, can't have more faces of a person than it has frames.
    """
    raws = [seen.raw_score for seen in trail.seen if seen.raw_score is not None]
    enough = len(raws) >= min(card.quality.min_frames, frames_sampled)
    judged = _judged(track_raw(raws), card.scales[kind]) if enough else Judgement("too_poor", None, None)
    return Track(
        id=letters(number),
        start=trail.seen[0].time,
        end=trail.seen[-1].time,
        band=judged.band,
        score=judged.score,
        raw_score=judged.raw_score,
        frames=tuple(trail.seen),
    )


def clip_of(tracks: Sequence[Track], scale: Scale) -> Judgement:
    """The clip: no face where there is no track, too poor where none of them could be judged."""
    raws = [track.raw_score for track in tracks if track.raw_score is not None]
    if raws:
        return _judged(clip_raw(raws), scale)
    return Judgement("too_poor" if tracks else "no_face", None, None)


def _judged(raw: float, scale: Scale) -> Judgement:
    return Judgement(band(raw, scale.thresholds), raw, probability(raw, scale.calibration))
