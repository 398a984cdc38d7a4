"""What is worth saying about a clip, in sentences that are built from what was measured and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from core.detectors.card import Card, Kinds, Thresholds
from core.evidence import Finding, FrameScore, MediaInfo, Track
from core.judgement.bands import WORDS, band
from core.judgement.kinds import WORDS as WORDS_OF_KIND
from core.judgement.kinds import named
from core.units import clock
from pipelines.media.judge import decisive, frames_needed
from pipelines.media.probe import DECLARED

WORTH_SAYING = 0.25  # share of a person's frames that must be poor before it is said
LIMITS = {
    "small": "too small",
    "blurred": "too blurred",
    "dark": "too dark",
    "flat": "too flat in contrast",
    "turned": "turned away too far",
    "unclear": "too unclear for its features to be made out",
}


def findings(
    tracks: Sequence[Track],
    card: Card,
    info: MediaInfo,
    damaged: int,
    interval: float,
    wanted_interval: float,
    looked_at: int,
    kinds: Iterable[Finding] = (),
) -> tuple[Finding, ...]:
    """Findings, the gravest first. `damaged` pieces were skipped; `looked_at` frames were seen, one every `interval` s.

    `kinds` are those of `kind_finding`.
    """
    needed = frames_needed(card, looked_at)
    return (
        *(found for track in tracks for found in _strong(track, card.scales[info.kind].thresholds.signs)),
        *kinds,
        *(found for track in tracks for found in _steadiness(track, card.scales[info.kind].thresholds)),
        *_strongest(tracks),
        *(found for track in tracks for found in _poor(track, card, needed)),
        *_file(info, damaged),
        *_thin(interval, wanted_interval),
    )


def _strong(track: Track, signs: float) -> Iterator[Finding]:
    if track.band != "signs":
        return
    stretch = _longest_stretch(track.frames, signs) or track.frames
    raws = [seen.raw_score for seen in track.frames if seen.raw_score is not None]
    high = sum(raw > signs for raw in raws)
    frames = f" in {high} of {len(raws)} frames judged" if len(raws) > 1 else ""
    where = _when(stretch)
    run = f", the longest run{where[1:]}" if where and high > len(stretch) else where
    text = f"Person {track.id}: signs of manipulation{frames}{run}."
    yield Finding("strong_track", text, track.id, stretch[0].time, stretch[-1].time)


def kind_finding(track: Track, kinds: Kinds, logits: NDArray[np.float32]) -> Finding:
    """What kind of manipulation a flagged person looks like by logits [n, k] of some faces, or that it is not clear."""
    kind, confidence = named(kinds.names, logits.astype(float), kinds.least)
    if kind is None:
        text = f"Person {track.id}: which kind of manipulation it may be is not clear."
        return Finding("kind_unclear", text, track.id, track.start, track.end)
    known = ", ".join(WORDS_OF_KIND[name] for name in kinds.names)
    text = (
        f"Person {track.id}: of the kinds that the detector knows ({known}), it looks most like {WORDS_OF_KIND[kind]} "
        f"({confidence:.0%} among these kinds)."
    )
    return Finding(f"kind_{kind}", text, track.id, track.start, track.end)


def _steadiness(track: Track, thresholds: Thresholds) -> Iterator[Finding]:
    if track.raw_score is None or track.raw_low is None or track.raw_high is None:
        return
    beyond = band(track.raw_score, track.raw_score, thresholds)
    if track.band == "signs":
        text = f"Person {track.id}: the score holds when the picture is re-encoded, made smaller or mirrored."
        yield Finding("steady", text, track.id, track.start, track.end)
    elif beyond != track.band:
        text = (
            f"Person {track.id}: the score alone would say “{WORDS[beyond].lower()}”, but it does not hold when the "
            "picture is re-encoded, made smaller or mirrored."
        )
        yield Finding("unsteady", text, track.id, track.start, track.end)


def _strongest(tracks: Sequence[Track]) -> Iterator[Finding]:
    judged, speaks = [track for track in tracks if track.raw_score is not None], decisive(tracks)
    if speaks and len(judged) > 1:
        text = (
            f"{len(judged)} appearances were judged one by one (a person who comes back after a cut counts anew); the "
            f"strongest decides: person {speaks.id}."
        )
        yield Finding("several_tracks", text, speaks.id, speaks.start, speaks.end)


def _poor(track: Track, card: Card, needed: int) -> Iterator[Finding]:
    reasons = Counter(reason for seen in track.frames for reason in seen.quality.poor)
    for reason, count in reasons.most_common(1):
        if count >= WORTH_SAYING * len(track.frames):
            share = f" in {count} of {len(track.frames)} frames" if len(track.frames) > 1 else ""
            size = _size(track, card) if reason == "small" else ""
            text = f"Person {track.id}: the face is {LIMITS[reason]}{share}{size}."
            yield Finding(f"limits_{reason}", text, track.id, track.start, track.end)
    judgeable = sum(not seen.quality.poor for seen in track.frames)
    if track.band == "too_poor" and judgeable > 0:
        some = "1 frame" if judgeable == 1 else f"{judgeable} frames"
        text = f"Person {track.id}: {some} can be judged; {needed} are needed."
        yield Finding("short_track", text, track.id, track.start, track.end)


def _size(track: Track, card: Card) -> str:
    small = median(seen.quality.face_px for seen in track.frames if "small" in seen.quality.poor)
    return f" (about {small:.0f} px wide there; {card.quality.min_face_px:.0f} px are needed)"


def _file(info: MediaInfo, damaged: int) -> Iterator[Finding]:
    if damaged:
        pieces = "One damaged piece" if damaged == 1 else f"{damaged} damaged pieces"
        yield Finding("damaged", f"{pieces} of this file could not be decoded and were left out.")
    if declared := info.tags.get(DECLARED):
        held = clock(info.duration or 0.0)
        yield Finding("cut_short", f"The file says that it lasts {clock(float(declared))}, but it holds {held}.")


def _thin(interval: float, wanted: float) -> Iterator[Finding]:
    if interval > 1.01 * wanted:
        yield Finding("thin_sampling", f"This clip is long: one frame every {interval:.1f} s was looked at.")


def _longest_stretch(frames: Sequence[FrameScore], level: float) -> Sequence[FrameScore]:
    """The longest run of frames above `level`; frames that couldn't be judged don't break it."""
    best: list[FrameScore] = []
    run: list[FrameScore] = []
    for seen in frames:
        if seen.raw_score is None:
            continue
        run = [*run, seen] if seen.raw_score > level else []
        best = max(best, run, key=len)
    return best


def _when(stretch: Sequence[FrameScore]) -> str:
    start, end = stretch[0].time, stretch[-1].time
    return f", {clock(start)} to {clock(end)}" if end > start else ""
