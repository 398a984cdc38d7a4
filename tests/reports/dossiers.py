"""Dossiers made by hand: small and whole, with real pictures, and with names from all over the world."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
from PIL import Image
from skimage.data import astronaut

from core.detectors.card import Calibration, Card, CropSpec, QualityGate, Scale, Thresholds
from core.evidence import Band, Evidence, Finding, FrameScore, MediaInfo, ModelRef, Quality, Timing, Track
from pipelines.media.tracks import letters
from pipelines.reports.dossier import (
    Analysed,
    Custody,
    Dossier,
    Entry,
    Exhibit,
    Issue,
    KeyFrame,
    Note,
    Opinion,
    Outlet,
    Received,
    Request,
    Verdict,
    Who,
)

WEIGHTS = "ab" * 32
AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
ANA, BO = Who("Ana Petrović", "ana", "analyst"), Who("Bo Lindqvist", "bo", "editor")
FIGURE = {"value": 0.91, "ci": [0.87, 0.94]}
KEYS = ("auc", "tpr_at_fpr05", "flagged_genuine", "inconclusive")
SCALE = Scale(
    calibration=Calibration(scale=1.0, offset=0.0),
    thresholds=Thresholds(
        signs=1.5, no_signs=-1.0, false_alarm_rate=0.05, genuine=tuple(-3 + i / 10 for i in range(50))
    ),
)
CARD = Card(
    name="blend",
    version="0.1",
    sha256=WEIGHTS,
    graph_sha256="e" * 64,
    architecture="test net",
    experts=("blending",),
    crop=CropSpec(version="mesh-1", size=64, margin=0.2),
    scales={"video": SCALE, "image": SCALE},
    quality=QualityGate(
        min_face_px=48, min_sharpness=20, min_brightness=0.1, min_contrast=0.05, max_yaw=60, min_frames=5
    ),
    training={},
    figures={"test": {"clips": {"overall": {"n_real": 120, "n_fake": 80} | dict.fromkeys(KEYS, FIGURE)}}},
    limits=("Copies from messengers.",),
    licence="research only",
)
VERDICT = Verdict(
    "manipulated", "authentic", "high", "The mouth flickers.", ("https://example.org/first-copy",), ANA, AT, 12, True,
    (Opinion(BO, "dissent", "It may be compression.", AT),), BO, AT,
)  # fmt: skip
REQUEST = Request(
    "The minister’s speech", "Is this clip genuine?", "News desk", AT, ("speech",), (ANA,), BO, AT, "open",
    "No. The face was replaced.", BO, AT,
)  # fmt: skip


def dossier(*exhibits: Exhibit, request: Request | None = REQUEST) -> Dossier:
    """A report about these exhibits, of a case where there is a request."""
    subject = "case:4" if request else "analysis:12"
    entries = (
        Entry(7, AT, "ana", "media.received", "media:1", {"name": "clip.mp4"}, "cd" * 32),
        Entry(9, AT, "ana", "verdict.given", "media:1", {"picture": "manipulated"}, "ef" * 32),
    )
    return Dossier(
        Issue("TT-20260302-0001", "case" if request else "analysis", subject, AT, ANA, "0.1.0"),
        Outlet("The Daily Ledger", None),
        request,
        exhibits or (exhibit(),),
        (CARD,),
        Custody(entries, True, "ef" * 32),
    )


def exhibit(
    number: int = 1,
    name: str = "clip.mp4",
    found: Evidence | None = None,
    verdicts: tuple[Verdict, ...] = (VERDICT,),
    notes: tuple[Note, ...] = (),
    key_frames: int = 2,
) -> Exhibit:
    """A file that was analysed, with what people say of it."""
    found = found or evidence(name)
    info = found.media
    kept = tuple(key_frame(track, place) for track in found.tracks[:1] for place in range(key_frames))
    return Exhibit(
        number=number,
        media_id=number,
        sha256=info.sha256,
        kind=info.kind,
        bytes=info.bytes,
        container=info.container,
        codec=info.codec,
        width=info.width,
        height=info.height,
        duration=info.duration,
        fps=info.fps,
        has_audio=info.has_audio,
        received=Received((info.name,), AT, False, ()),
        original_intact=True,
        analysed=Analysed(12, AT, "s" * 64, found, CARD.own_sha256(), (), kept),
        verdicts=verdicts,
        notes=notes,
        provenance=None,
    )


def evidence(name: str = "clip.mp4", tracks: int = 1, frames: int = 20, raw: float = 2.0) -> Evidence:
    """What was found on so many people in so many frames each; the first is the strongest."""
    people = tuple(track(number, frames, raw - 0.3 * number) for number in range(tracks))
    duration = frames / 4
    info = MediaInfo(
        "c" * 64, name, "video", 123_456, "mov", "h264", 640, 360, duration, 25.0, has_audio=True
    )
    lead = people[0] if people else None
    return Evidence(
        media=info,
        band=lead.band if lead else "no_face",
        score=lead.score if lead else None,
        raw_score=lead.raw_score if lead else None,
        tracks=people,
        findings=(Finding("strong_track", "Person A: signs of manipulation in all frames.", "A", 0.0, 4.0),),
        heatmaps=(),
        shots=(0.0, duration / 2),
        frames_sampled=frames,
        model=ModelRef(CARD.name, CARD.version, WEIGHTS),
        timing=Timing(1.0, 1.0, 1.0, 1.0, 4.0),
    )


def track(number: int, frames: int, raw: float) -> Track:
    """A person, a quarter of a second from frame to frame; every seventh face is too small to judge."""
    seen = tuple(_frame(place, raw + 0.4 * np.sin(place + number)) for place in range(frames))
    band: Band = "signs" if raw > 1.5 else "no_signs" if raw < -1 else "inconclusive"
    return Track(letters(number), 0.0, (frames - 1) / 4, band, _sigmoid(raw), raw, seen)


def key_frame(person: Track, place: int) -> KeyFrame:
    """A kept frame of a person, with small real pictures; no two frames have the same."""
    seen = person.frames[place]
    portrait = Image.fromarray(astronaut())
    return KeyFrame(
        person.id,
        seen.index,
        seen.time,
        seen.score,
        seen.box,
        _encoded(portrait.resize((320, 180)).rotate(place % 90), "JPEG"),
        _encoded(portrait.crop((150 + place, 0, 310 + place, 160)).resize((64, 64)), "PNG"),
        _encoded(Image.linear_gradient("L").resize((64, 64)), "PNG"),
        0.5,
    )


def still(found: Evidence) -> Evidence:
    """The same found in a picture."""
    info = replace(
        found.media, kind="image", duration=None, fps=None, container="png", codec="png", has_audio=False
    )
    return replace(found, media=info, shots=(0.0,))


def _frame(place: int, raw: float) -> FrameScore:
    poor = ("small",) if place % 7 == 6 else ()
    quality = Quality(20.0 if poor else 120.0, 80.0, 0.5, 0.2, 0.0, 0.0, poor)
    score = None if poor else _sigmoid(raw)
    return FrameScore(
        6 * place, place / 4, (200.0, 60.0, 120.0, 150.0), score, None if poor else float(raw), quality
    )


def _sigmoid(raw: float) -> float:
    return float(1 / (1 + np.exp(-raw)))


def _encoded(picture: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    picture.save(written, kind)
    return written.getvalue()
