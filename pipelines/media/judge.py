"""Frames → track → clip: what was seen of each person becomes a score and a band, or the reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.detectors.card import Card, Scale
from core.evidence import Band, Evidence, MediaKind, Track
from core.judgement.aggregate import track_raw
from core.judgement.bands import band, strongest
from core.judgement.calibration import probability
from pipelines.media.stability import Variants, reach
from pipelines.media.tracks import Trail, letters


@dataclass(frozen=True)
class Judgement:
    """The clip as a whole."""

    band: Band
    raw_score: float | None
    score: float | None


def track_of(number: int, trail: Trail, card: Card, kind: MediaKind, frames_sampled: int) -> Track:
    """The track of one person: too poor to judge with fewer judgeable frames than the card asks for.

    A still, or a clip of a few frames, can't have more faces of a person than it has frames. What can be judged is
    inconclusive until it is `steadied`.
    """
    raws = [seen.raw_score for seen in trail.seen if seen.raw_score is not None]
    enough = len(raws) >= frames_needed(card, frames_sampled)
    track = Track(
        id=letters(number),
        start=trail.seen[0].time,
        end=trail.seen[-1].time,
        band="too_poor",
        score=None,
        raw_score=None,
        frames=tuple(trail.seen),
    )
    return _judged(replace(track, raw_score=track_raw(raws)), card.scales[kind]) if enough else track


def frames_needed(card: Card, frames_sampled: int) -> int:
    """Judgeable faces of one person without which nothing is said: fewer where a clip has no more frames."""
    return min(card.quality.min_frames, frames_sampled)


def steadied(track: Track, frames: Sequence[tuple[float, Variants]], scale: Scale) -> Track:
    """The judged `track`, once some of its frames were scored again after changes that prove nothing."""
    if track.raw_score is None or not frames:
        return track
    low, high = reach(track.raw_score, frames)
    return _judged(replace(track, raw_low=low, raw_high=high), scale)


def decisive(tracks: Sequence[Track]) -> Track | None:
    """The track that speaks for the clip: of those with the strongest band the one with the highest score.

    None where none was judged. A higher score that does not hold decides nothing.
    """
    judged = [track for track in tracks if track.raw_score is not None]
    if not judged:
        return None
    said = strongest({track.band for track in judged})
    return max((track for track in judged if track.band == said), key=lambda track: track.raw_score or 0.0)


def clip_of(tracks: Sequence[Track], scale: Scale) -> Judgement:
    """The clip: no face where there is no track, too poor where none of them could be judged."""
    track = decisive(tracks)
    if track is None or track.raw_score is None:
        return Judgement("too_poor" if tracks else "no_face", None, None)
    return Judgement(track.band, track.raw_score, probability(track.raw_score, scale.calibration))


def rejudged(evidence: Evidence, card: Card) -> Evidence:
    """The same raw scores under another card's calibration and thresholds; frame scores stay as they were."""
    scale = card.scales[evidence.media.kind]
    tracks = tuple(
        track if track.raw_score is None else _judged(track, scale) for track in evidence.tracks
    )
    clip = clip_of(tracks, scale)
    return replace(evidence, tracks=tracks, band=clip.band, score=clip.score)


def _judged(track: Track, scale: Scale) -> Track:
    raw = track.raw_score
    assert raw is not None
    said: Band = "inconclusive"  # nobody has seen whether the score holds
    if track.raw_low is not None and track.raw_high is not None:
        said = band(track.raw_low, track.raw_high, scale.thresholds)
    return replace(track, band=said, score=probability(raw, scale.calibration))
