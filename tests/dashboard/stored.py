"""Analyses as a worker would have stored them, with real small pictures."""

import hashlib
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from PIL import Image

from core.detectors.card import Calibration, Card, CropSpec, QualityGate, Scale, Thresholds
from core.evidence import Band, Evidence, Finding, FrameScore, MediaInfo, ModelRef, Quality, Timing, Track
from core.settings import Settings
from db import analyses, jobs, media
from db.analyses import Picture
from db.models import ArtifactKind, Origin
from db.session import session
from pipelines.artifacts import folder_of
from pipelines.error_rates import FIGURES
from pipelines.originals import path_of

WEIGHTS = "ab" * 32
FIGURE = {"value": 0.91, "ci": [0.87, 0.94]}
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
    figures={"test": {"clips": {"overall": {"n_real": 120, "n_fake": 80} | dict.fromkeys(FIGURES, FIGURE)}}},
    limits=("Copies from *messengers*.",),
    licence="research only",
)


def put_card(models: Path) -> None:
    """The card of the detector in service."""
    (models / "blend").mkdir(parents=True)
    (models / "blend" / "card.json").write_text(CARD.model_dump_json(), "utf-8")


def quality(face_px: float, poor: tuple[str, ...] = ()) -> Quality:
    """A well-lit face of this width."""
    return Quality(face_px, 100.0, 0.5, 0.2, 0.0, 0.0, poor)


def track(label: str, raw: float | None, band: Band, start: int = 0) -> Track:
    """A person in ten frames, a quarter of a second apart."""
    score = None if raw is None else 1 / (1 + np.exp(-raw))
    poor = () if raw is not None else ("small",)
    frames = tuple(
        FrameScore(5 * i, i / 4, (20.0 + i, 10.0, 30.0, 40.0), score, raw, quality(80.0, poor))
        for i in range(start, start + 10)
    )
    return Track(label, frames[0].time, frames[-1].time, band, score, raw, frames)


def clip(name: str = "clip.mp4", sha256: str = "c" * 64) -> MediaInfo:
    """A clip of five seconds."""
    return MediaInfo(
        sha256, name, "video", 1000, "mov", "h264", 96, 64, 5.0, 20.0, tags={"encoder": "<b>x</b>"}
    )


def evidence(info: MediaInfo, tracks: tuple[Track, ...], findings: tuple[Finding, ...] = ()) -> Evidence:
    """What was found, led by the strongest person."""
    judged = [one for one in tracks if one.raw_score is not None]
    lead = max(judged, key=lambda one: one.raw_score or 0.0, default=None)
    band: Band = lead.band if lead else ("too_poor" if tracks else "no_face")
    return Evidence(
        media=info,
        band=band,
        score=lead.score if lead else None,
        raw_score=lead.raw_score if lead else None,
        tracks=tracks,
        findings=findings,
        heatmaps=(),
        shots=(0.0, 3.0) if info.kind == "video" else (0.0,),
        frames_sampled=20,
        model=ModelRef(CARD.name, CARD.version, WEIGHTS),
        timing=Timing(1.0, 1.0, 1.0, 1.0, 4.0),
    )


def store(
    config: Settings, found: Evidence, kept: tuple[tuple[str, int], ...] = (), origin: Origin = "desk"
) -> int:
    """Keep an analysis with pictures of these faces (person, place among that person's frames); gives its id."""
    pictures = [picture for place in kept for picture in _pictures(config.home, found, *place)]
    with session(config) as opened:
        media_id = media.add(opened, found.media, origin)
        return analyses.add(opened, media_id, found, "s" * 64, pictures)


def done_job(config: Settings, analysis_id: int, name: str) -> int:
    """A job that ended in this analysis."""
    with session(config) as opened:
        stored = analyses.get(opened, analysis_id)
        assert stored is not None
        job = jobs.add(opened, stored.media_id, name, "normal")
        jobs.finish(opened, job.id, analysis_id)
        return job.id


def still(info: MediaInfo) -> MediaInfo:
    """The same file as a picture."""
    return replace(info, kind="image", container="png", codec="png", duration=None, fps=None)


def put_clip(config: Settings, sha256: str) -> bytes:
    """A real small clip as an original, five seconds long; gives its bytes. CLIP is their hash."""
    target = path_of(config.home, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_drawn())
    return _drawn()


@cache
def _drawn() -> bytes:
    written = BytesIO()
    with av.open(written, "w", format="mp4") as out:
        stream = out.add_stream("h264", rate=20, options={"g": "20"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for i in range(100):
            image = np.full((64, 96, 3), i * 2, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        out.mux(stream.encode(None))
    return written.getvalue()


CLIP = hashlib.sha256(_drawn()).hexdigest()


def _pictures(home: Path, found: Evidence, label: str, place: int) -> list[Picture]:
    person = next(one for one in found.tracks if one.id == label)
    frame = person.frames[place]
    return [_picture(home, found.media.sha256, label, frame, kind) for kind in ("crop", "heat", "frame")]


def _picture(home: Path, sha256: str, label: str, frame: FrameScore, kind: ArtifactKind) -> Picture:
    suffix, size = (".jpg", (96, 64)) if kind == "frame" else (".png", (64, 64))
    folder = folder_of(home, sha256, ModelRef(CARD.name, CARD.version, WEIGHTS), "s" * 64)
    path = folder / f"{label}-{frame.index}-{kind}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    bytes_ = BytesIO()
    Image.linear_gradient("L").resize(size).save(bytes_, "JPEG" if kind == "frame" else "PNG")
    path.write_bytes(bytes_.getvalue())
    sha256_of = hashlib.sha256(path.read_bytes()).hexdigest()
    matrix = (0.5, 0.0, frame.box[0], 0.0, 0.6, frame.box[1])
    return Picture(
        kind, label, frame.index, frame.time, path.relative_to(home).as_posix(), sha256_of, 1.0, matrix
    )
