"""What may be said of an analysis in a sentence, built from its facts: to be quoted, so each carries its caveat."""

from collections.abc import Mapping

from core.detectors.card import Card
from core.evidence import Band, Evidence, FrameScore, Quality, Track
from core.explain.heat import FAINT
from core.judgement.bands import CAUTIONS, meaning
from core.judgement.kinds import WORDS as WORDS_OF_KIND
from core.units import clock

NEIGHBOURS = 5  # judged frames of a person, this one among them, that show how far a score wavers
FRONTAL, HALF = 15, 40  # degrees of yaw
RAISED = 15  # degrees of pitch

FOUND: dict[Band, str] = {
    "signs": "found signs of manipulation in",
    "inconclusive": "could not decide about",
    "no_signs": "found no signs of manipulation in",
    "too_poor": "could not judge the faces in",
    "no_face": "found no face in",
}
# Findings that say why; the others say what the evidence can't carry.
KINDS = frozenset(f"kind_{kind}" for kind in (*WORDS_OF_KIND, "unclear"))
REASONS = KINDS | {"strong_track", "steady", "unsteady", "several_tracks"}
# Changes that prove nothing; a score that depends on them makes a person inconclusive.
VARIANTS = {"jpeg": "after JPEG", "small": "at half size", "flip": "mirrored"}

NOWHERE = f"The model located nothing in this face: its map stays below {FAINT} of 1 everywhere."


def quotable(found: Evidence, card: Card | None) -> str:
    """The whole in sentences that an editor can copy: who says it, of which file, what, how sure, and the caveat."""
    model, media = found.model, found.media
    file = f"“{' '.join(media.name.split())}” (SHA-256 {media.sha256[:12]}…)"
    said = f"Telltale ({model.name} {model.version}) {FOUND[found.band]} {file}{_whom(found)}."
    measured = None
    if card and found.raw_score is not None:
        measured = meaning(found.raw_score, media.kind, card.scales[media.kind].thresholds)
    return " ".join(part for part in (said, measured, CAUTIONS[found.band]) if part)


def judge(found: Evidence) -> str:
    """What scored, and on which device, whose the last digits are: "detector blend 1.3 on the CPU"."""
    on = f" on the {found.device}" if found.device else ""
    return f"detector {found.model.name} {found.model.version}{on}"


def spread(track: Track, frame: FrameScore) -> tuple[float, float]:
    """The lowest and the highest score among the judged frames of `track` around `frame`, which must be judged."""
    judged = [seen for seen in track.frames if seen.score is not None]
    place = next(n for n, seen in enumerate(judged) if seen.index == frame.index)
    first = max(0, min(place - NEIGHBOURS // 2, len(judged) - NEIGHBOURS))
    scores = [seen.score for seen in judged[first : first + NEIGHBOURS] if seen.score is not None]
    return min(scores), max(scores)


def held(variants: Mapping[str, float]) -> str:
    """What the same face scores after each change: "after JPEG 0.71, mirrored 0.68"."""
    return ", ".join(f"{words} {variants[name]:.2f}" for name, words in VARIANTS.items() if name in variants)


def posed(quality: Quality) -> str:
    """Where a face looks, in words."""
    if "unclear" in quality.poor:
        return "no telling where it looks"
    turned = abs(quality.yaw)
    side = "right" if quality.yaw > 0 else "left"
    words = "looks ahead" if turned < FRONTAL else f"{'half' if turned < HALF else 'far'} to the {side}"
    if abs(quality.pitch) >= RAISED:
        words += ", looking up" if quality.pitch > 0 else ", looking down"
    return words


def _whom(found: Evidence) -> str:
    if found.media.kind == "image" or found.band != "signs":
        return ""
    strong = [track for track in found.tracks if track.band == "signs"]
    people = [f"person {track.id}, {clock(track.start)} to {clock(track.end)}" for track in strong]
    return f": {'; '.join(people)}" if people else ""
