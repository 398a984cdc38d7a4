"""An analysis as the player reads it: numbers, and the addresses of pictures."""

from collections import defaultdict
from typing import Any, TypedDict

from core.detectors.card import Card
from core.evidence import FrameScore, MediaKind, Track
from core.judgement.bands import WORDS
from core.judgement.calibration import probability
from db.analyses import Matrix, Picture, StoredAnalysis

PATIENCE = 2.5  # sampling steps without a face, after which nothing is drawn between two


class Shot(TypedDict):
    """One kept frame: a face, its heatmap, and the frame it is from. The pictures are addresses."""

    track: str
    index: int
    time: float
    crop: str
    heat: str
    frame: str
    frame_scale: float
    to_frame: Matrix
    variants: dict[str, float]


def feed(stored: StoredAnalysis, card: Card | None) -> dict[str, Any]:
    """All that the player draws. Without a card, scores have no bands."""
    found = stored.evidence
    return {
        "kind": found.media.kind,
        "codec": found.media.codec,
        "duration": found.media.duration,
        "fps": found.media.fps,
        "width": found.media.width,
        "height": found.media.height,
        "shots": found.shots,
        "gap": PATIENCE * (found.media.duration or 0.0) / max(1, found.frames_sampled),
        "thresholds": thresholds(found.media.kind, card),
        "tracks": [_track(track) for track in found.tracks],
        "pictures": shots(stored.pictures),
    }


def thresholds(kind: MediaKind, card: Card | None) -> dict[str, float | None]:
    """Where the bands begin, as scores in 0–1."""
    if card is None:
        return {"signs": None, "no_signs": None}
    scale = card.scales[kind]
    return {
        "signs": probability(scale.thresholds.signs, scale.calibration),
        "no_signs": probability(scale.thresholds.no_signs, scale.calibration),
    }


def shots(pictures: tuple[Picture, ...]) -> list[Shot]:
    """The kept frames, in order of time; one whose pictures are not all there is left out."""
    whole = defaultdict[tuple[str, int], dict[str, Picture]](dict)
    for picture in pictures:
        whole[picture.track, picture.index][picture.kind] = picture
    found = [_shot(parts) for parts in whole.values() if {"crop", "heat", "frame"} <= parts.keys()]
    return sorted(found, key=lambda shot: (shot["time"], shot["track"]))


def address(path: str) -> str:
    """Where the browser finds a picture that lies at this path under home."""
    return f"/{path}"


def _shot(parts: dict[str, Picture]) -> Shot:
    heat = parts["heat"]
    return Shot(
        track=heat.track,
        index=heat.index,
        time=heat.time,
        crop=address(parts["crop"].path),
        heat=address(heat.path),
        frame=address(parts["frame"].path),
        frame_scale=parts["frame"].frame_scale,
        to_frame=heat.to_frame,
        variants=heat.variants,
    )


def _track(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "start": track.start,
        "end": track.end,
        "band": track.band,
        "words": WORDS[track.band],
        "frames": [_frame(frame) for frame in track.frames],
    }


def _frame(frame: FrameScore) -> dict[str, Any]:
    return {"time": frame.time, "box": frame.box, "score": frame.score}
