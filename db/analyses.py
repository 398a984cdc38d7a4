"""What was found: stored once, read back as the very record that the analysis made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import evidence
from db import media, models
from db.models import Analysis, Artifact, ArtifactKind, FrameScore, Media, ModelVersion, Origin

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A picture that an analysis left. `path` is relative to home, the rest as in `core.evidence.Heatmap`."""

    kind: ArtifactKind
    track: str
    index: int
    time: float
    path: str
    sha256: str
    frame_scale: float
    to_frame: Matrix
    variants: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredAnalysis:
    """An analysis with where it stands on this desk. `evidence.heatmaps` is empty: see `pictures`."""

    id: int
    media_id: int
    origin: Origin
    created_at: datetime
    settings_hash: str
    evidence: evidence.Evidence
    pictures: tuple[Picture, ...]


def find(session: Session, media_id: int, model_sha256: str, settings_hash: str) -> int | None:
    """The analysis of a file by these weights under these settings, where there is one."""
    return session.scalar(
        select(Analysis.id)
        .join(Analysis.model)
        .where(
            Analysis.media_id == media_id,
            ModelVersion.sha256 == model_sha256,
            Analysis.settings_hash == settings_hash,
        )
    )


def add(
    session: Session,
    media_id: int,
    found: evidence.Evidence,
    settings_hash: str,
    pictures: Sequence[Picture],
    at: datetime | None = None,
) -> int:
    """Keep what was found; gives the analysis id. `at` is when, where that was not now and not here.

    Raises:
        sqlalchemy.exc.IntegrityError: it is stored already.
    """
    analysis = _analysis(media_id, _model(session, found.model), found, settings_hash)
    analysis.created_at = at or models.now()
    analysis.tracks = [_track(position, track) for position, track in enumerate(found.tracks)]
    analysis.findings = [_finding(position, finding) for position, finding in enumerate(found.findings)]
    analysis.artifacts = [_artifact(picture) for picture in pictures]
    session.add(analysis)
    session.flush()
    _add_frames(session, analysis.tracks, found.tracks)
    return analysis.id


def get(session: Session, analysis_id: int) -> StoredAnalysis | None:
    """All of one analysis; None for an unknown id."""
    row = session.get(Analysis, analysis_id)
    if row is None:
        return None
    return StoredAnalysis(
        id=row.id,
        media_id=row.media_id,
        origin=row.media.origin,
        created_at=row.created_at,
        settings_hash=row.settings_hash,
        evidence=_evidence(session, row),
        pictures=tuple(_picture(artifact) for artifact in row.artifacts),
    )


def of_media(session: Session, media_id: int) -> Sequence[int]:
    """The ids of all analyses of a file, oldest first."""
    return session.scalars(select(Analysis.id).where(Analysis.media_id == media_id).order_by(Analysis.id)).all()


def picture_sha256(session: Session, media_sha256: str, path: str) -> str | None:
    """The hash of a picture as it was kept; None where no analysis of this file left one at that path."""
    of_file = select(Artifact.sha256).join(Analysis, Artifact.analysis_id == Analysis.id).join(Analysis.media)
    return session.scalar(of_file.where(Media.sha256 == media_sha256, Artifact.path == path).limit(1))


def _model(session: Session, ref: evidence.ModelRef) -> ModelVersion:
    known = session.scalar(select(ModelVersion).where(ModelVersion.sha256 == ref.sha256))
    return known or ModelVersion(name=ref.name, version=ref.version, sha256=ref.sha256)


def _analysis(media_id: int, model: ModelVersion, found: evidence.Evidence, settings_hash: str) -> Analysis:
    return Analysis(
        media_id=media_id,
        model=model,
        settings_hash=settings_hash,
        name=found.media.name,
        name_folded=found.media.name.casefold(),
        band=found.band,
        score=found.score,
        raw_score=found.raw_score,
        shots=list(found.shots),
        frames_sampled=found.frames_sampled,
        samples_per_second=found.samples_per_second,
        device=found.device,
        decode_s=found.timing.decode_s,
        faces_s=found.timing.faces_s,
        score_s=found.timing.score_s,
        explain_s=found.timing.explain_s,
        total_s=found.timing.total_s,
    )


def _track(position: int, track: evidence.Track) -> models.Track:
    return models.Track(
        position=position,
        label=track.id,
        start=track.start,
        end=track.end,
        band=track.band,
        score=track.score,
        raw_score=track.raw_score,
        raw_low=track.raw_low,
        raw_high=track.raw_high,
    )


def _finding(position: int, finding: evidence.Finding) -> models.Finding:
    return models.Finding(
        position=position,
        code=finding.code,
        text=finding.text,
        track=finding.track,
        start=finding.start,
        end=finding.end,
    )


def _artifact(picture: Picture) -> Artifact:
    return Artifact(
        kind=picture.kind,
        track=picture.track,
        frame_index=picture.index,
        time=picture.time,
        path=picture.path,
        sha256=picture.sha256,
        frame_scale=picture.frame_scale,
        to_frame=list(picture.to_frame),
        variants=picture.variants,
    )


def _add_frames(session: Session, rows: Sequence[models.Track], tracks: Sequence[evidence.Track]) -> None:
    frames = [
        _frame(row.id, frame) for row, track in zip(rows, tracks, strict=True) for frame in track.frames
    ]
    if frames:
        session.execute(insert(FrameScore), frames)


def _frame(track_id: int, frame: evidence.FrameScore) -> dict[str, object]:
    x, y, width, height = frame.box
    quality = frame.quality
    return {
        "track_id": track_id,
        "frame_index": frame.index,
        "time": frame.time,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "score": frame.score,
        "raw_score": frame.raw_score,
        "face_px": quality.face_px,
        "sharpness": quality.sharpness,
        "brightness": quality.brightness,
        "contrast": quality.contrast,
        "yaw": quality.yaw,
        "pitch": quality.pitch,
        "poor": list(quality.poor),
    }


def _evidence(session: Session, row: Analysis) -> evidence.Evidence:
    return evidence.Evidence(
        media=media.info(row.media, row.name),
        band=row.band,
        score=row.score,
        raw_score=row.raw_score,
        tracks=tuple(_track_record(session, track) for track in row.tracks),
        findings=tuple(
            evidence.Finding(kept.code, kept.text, kept.track, kept.start, kept.end) for kept in row.findings
        ),
        heatmaps=(),
        shots=tuple(row.shots),
        frames_sampled=row.frames_sampled,
        samples_per_second=row.samples_per_second,
        device=row.device,
        model=evidence.ModelRef(row.model.name, row.model.version, row.model.sha256),
        timing=evidence.Timing(row.decode_s, row.faces_s, row.score_s, row.explain_s, row.total_s),
    )


def _track_record(session: Session, row: models.Track) -> evidence.Track:
    kept = select(FrameScore).where(FrameScore.track_id == row.id).order_by(FrameScore.frame_index)
    return evidence.Track(
        id=row.label,
        start=row.start,
        end=row.end,
        band=row.band,
        score=row.score,
        raw_score=row.raw_score,
        raw_low=row.raw_low,
        raw_high=row.raw_high,
        frames=tuple(_frame_record(frame) for frame in session.scalars(kept)),
    )


def _frame_record(row: FrameScore) -> evidence.FrameScore:
    return evidence.FrameScore(
        index=row.frame_index,
        time=row.time,
        box=(row.x, row.y, row.width, row.height),
        score=row.score,
        raw_score=row.raw_score,
        quality=evidence.Quality(
            face_px=row.face_px,
            sharpness=row.sharpness,
            brightness=row.brightness,
            contrast=row.contrast,
            yaw=row.yaw,
            pitch=row.pitch,
            poor=tuple(row.poor),
        ),
    )


def _picture(row: Artifact) -> Picture:
    return Picture(
        kind=row.kind,
        track=row.track,
        index=row.frame_index,
        time=row.time,
        path=row.path,
        sha256=row.sha256,
        frame_scale=row.frame_scale,
        to_frame=cast(Matrix, tuple(row.to_frame)),
        variants=row.variants,
    )
