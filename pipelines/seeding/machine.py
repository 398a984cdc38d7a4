"""What a worker would have left: files, analyses, people in them, a score for each frame, pictures, jobs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.evidence import Band, MediaKind
from db.models import ArtifactKind
from pipelines.seeding import words
from pipelines.seeding.pictures import Drawn

Row = dict[str, Any]

VERSIONS = ("0.1", "0.2", "1.0")  # of the detector, one after the other
SIGNS, NO_SIGNS = 1.6, -1.2  # raw scores at which the bands begin
FAKE, AGAIN = 0.3, 0.3  # shares: of fakes; of clips of an earlier detector that are looked at again when met
CROWD = 8  # faces; what has no more is a picture
NO_FACE, TOO_POOR = 0.06, 0.08  # shares of the two bands without a score
YEARS = timedelta(days=730)
SIDES = ((1920, 1080), (1080, 1920), (1280, 720), (720, 1280), (640, 360))
LABELS = "ABCDEFGH"


@dataclass
class Made:
    """The rows of some analyses, by table."""

    media: list[Row] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)
    analyses: list[Row] = field(default_factory=list)
    tracks: list[Row] = field(default_factory=list)
    frames: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    artifacts: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)


@dataclass
class File:
    """A file of the made-up desk: what it really is, which no table knows, and how the detector saw it last."""

    id: int
    kind: MediaKind
    fake: bool
    name: str
    duration: float | None
    sides: tuple[int, int]
    model_id: int
    analysis_id: int
    seen_at: datetime


def models(until: datetime) -> list[Row]:
    """The detectors that have spoken."""
    return [
        {
            "id": number,
            "name": "blend",
            "version": version,
            "sha256": f"{number:064x}",
            "created_at": until - YEARS * (1 - (number - 1) / len(VERSIONS)),
        }
        for number, version in enumerate(VERSIONS, 1)
    ]


class Desk:
    """Draws analyses one after the other; remembers the files, so that some are looked at again."""

    def __init__(self, draw: np.random.Generator, pictures: list[dict[ArtifactKind, Drawn]], count: int) -> None:
        self.files: list[File] = []
        self._draw, self._pictures, self._count = draw, pictures, count
        self._track = 0

    def made(self, scores: int, until: datetime, at_once: int) -> Iterator[Made]:
        """All analyses, `at_once` at a time, with so many frame scores together, the last of them `until`."""
        times, lengths = self._times(until), self._lengths(scores)
        for start in range(0, self._count, at_once):
            rows = Made()
            for number in range(start, min(start + at_once, self._count)):
                self._analysis(rows, number, times[number], int(lengths[number]))
            yield rows

    def _times(self, until: datetime) -> list[datetime]:
        """When: more and more over the years, little at night and at weekends."""
        past = np.sort(1 - np.sqrt(self._draw.random(self._count)))[::-1]
        return [self._working(until - YEARS * float(share)) for share in past]

    @staticmethod
    def _working(at: datetime) -> datetime:
        return at - timedelta(hours=9) if at.hour < 5 else at

    def _lengths(self, scores: int) -> np.ndarray:
        """Faces in each analysis: some have none, few have very many; together exactly `scores`."""
        weights = self._draw.lognormal(0.0, 0.9, self._count)
        weights[self._draw.random(self._count) < NO_FACE] = 0.0
        ends = np.rint(np.cumsum(weights) / weights.sum() * scores).astype(int)
        return np.diff(ends, prepend=0)

    def _analysis(self, rows: Made, number: int, at: datetime, faces: int) -> None:
        model_id = 1 + number * len(VERSIONS) // self._count
        analysis_id = number + 1
        kind: MediaKind = "video" if faces == 0 or faces > CROWD else "image"
        file = self._known(kind, model_id) or self._new_file(rows, at, kind)
        file.model_id, file.analysis_id, file.seen_at = model_id, analysis_id, at
        band, raw = self._verdict(file, faces)
        rows.analyses.append(_analysis_row(analysis_id, file, model_id, band, raw, at, faces))
        self._people(rows, analysis_id, file, band, raw, faces)
        rows.jobs.append(_job_row(analysis_id, file, at))

    def _known(self, kind: MediaKind, model_id: int) -> File | None:
        """A clip that an earlier detector saw, now and then."""
        old = self.files[int(self._draw.integers(len(self.files)))] if self.files else None
        if old and old.kind == kind == "video" and old.model_id < model_id and self._draw.random() < AGAIN:
            return old
        return None

    def _new_file(self, rows: Made, at: datetime, kind: MediaKind) -> File:
        file = File(
            id=len(self.files) + 1,
            kind=kind,
            fake=bool(self._draw.random() < FAKE),
            name=words.name(self._draw, at, ".jpg" if kind == "image" else ".mp4"),
            duration=None if kind == "image" else round(float(self._draw.lognormal(3.2, 0.9)), 2),
            sides=SIDES[int(self._draw.integers(len(SIDES)))],
            model_id=0,
            analysis_id=0,
            seen_at=at,
        )
        self.files.append(file)
        rows.media.append(_media_row(file, self._draw.bytes(32).hex(), at))
        rows.names.append({"media_id": file.id, "name": file.name, "added_at": at})
        return file

    def _verdict(self, file: File, faces: int) -> tuple[Band, float | None]:
        if faces == 0:
            return "no_face", None
        if self._draw.random() < TOO_POOR:
            return "too_poor", None
        raw = float(self._draw.normal(1.8, 1.3) if file.fake else self._draw.normal(-1.3, 1.1))
        return _band(raw), raw

    def _people(
        self, rows: Made, analysis_id: int, file: File, band: Band, raw: float | None, faces: int
    ) -> None:
        people = faces if file.kind == "image" else min(faces, int(self._draw.geometric(0.6)), len(LABELS))
        for place, share in enumerate(np.array_split(np.arange(faces), people) if people else ()):
            self._track += 1
            level = raw if place == 0 or raw is None else raw - abs(float(self._draw.normal(1.5, 1.0)))
            frames = self._frames(self._track, file, share, level)
            rows.frames.extend(frames)
            rows.tracks.append(_track_row(self._track, analysis_id, place, band, level, frames))
            if place == 0:
                rows.artifacts.extend(self._kept(analysis_id, frames[len(frames) // 2]))
        if band == "signs":
            rows.findings.append(_finding_row(analysis_id, file, faces))

    def _frames(self, track_id: int, file: File, share: np.ndarray, level: float | None) -> list[Row]:
        """The scores of one person, each a little beside its level."""
        count, (width, height) = len(share), file.sides
        raws = None if level is None else np.round(level + self._draw.normal(0, 0.8, count), 4)
        side = float(self._draw.uniform(0.08, 0.3)) * min(width, height)
        xs, ys = (self._draw.uniform(0, 0.6) * edge + self._draw.normal(0, 4, count) for edge in file.sides)
        looks = np.round(self._draw.normal((180, 0.5, 0.2, 0, 0), (60, 0.1, 0.04, 14, 8), (count, 5)), 3)
        step = 0.0 if file.duration is None else file.duration / max(1, int(share[-1]) + 1)
        return [
            {
                "track_id": track_id,
                "frame_index": index,
                "time": round(int(share[index]) * step, 3),
                "x": round(float(xs[index]), 1),
                "y": round(float(ys[index]), 1),
                "width": round(side, 1),
                "height": round(1.2 * side, 1),
                "score": None if raws is None else _probability(float(raws[index])),
                "raw_score": None if raws is None else float(raws[index]),
                "face_px": round(side, 1),
                "sharpness": float(looks[index, 0]),
                "brightness": float(looks[index, 1]),
                "contrast": float(looks[index, 2]),
                "yaw": float(looks[index, 3]),
                "pitch": float(looks[index, 4]),
                "poor": ["small"] if raws is None else [],
            }
            for index in range(count)
        ]

    def _kept(self, analysis_id: int, frame: Row) -> Iterator[Row]:
        """The three pictures of one frame."""
        drawn = self._pictures[analysis_id % len(self._pictures)]
        for kind, picture in drawn.items():
            yield {
                "analysis_id": analysis_id,
                "kind": kind,
                "track": LABELS[0],
                "frame_index": frame["frame_index"],
                "time": frame["time"],
                "path": picture.path,
                "sha256": picture.sha256,
                "frame_scale": 0.25,
                "to_frame": [1.0, 0.0, frame["x"], 0.0, 1.0, frame["y"]],
            }


def _band(raw: float | None) -> Band:
    if raw is None:
        return "too_poor"
    return "signs" if raw > SIGNS else "no_signs" if raw < NO_SIGNS else "inconclusive"


def _probability(raw: float) -> float:
    return round(float(1 / (1 + np.exp(-raw))), 4)


def _media_row(file: File, sha256: str, at: datetime) -> Row:
    video = file.kind == "video"
    return {
        "id": file.id,
        "sha256": sha256,
        "kind": file.kind,
        "bytes": 2_000_000,
        "container": "mov,mp4" if video else "jpeg",
        "codec": "h264" if video else "jpeg",
        "width": file.sides[0],
        "height": file.sides[1],
        "duration": file.duration,
        "fps": 25.0 if video else None,
        "rotation": 0,
        "has_audio": video,
        "tags": {"encoder": "Lavf60.3.100"} if video else {},
        "origin": "desk",
        "added_at": at,
    }


def _analysis_row(
    number: int, file: File, model_id: int, band: Band, raw: float | None, at: datetime, faces: int
) -> Row:
    return {
        "id": number,
        "media_id": file.id,
        "model_id": model_id,
        "settings_hash": "0" * 64,
        "name": file.name,
        "name_folded": file.name.casefold(),
        "band": band,
        "score": None if raw is None else _probability(raw),
        "raw_score": raw,
        "shots": [0.0],
        "frames_sampled": max(faces, 1),
        "decode_s": 2.0,
        "faces_s": 4.0,
        "score_s": 3.0,
        "explain_s": 1.0,
        "total_s": 10.0,
        "created_at": at,
    }


def _track_row(
    number: int, analysis_id: int, place: int, band: Band, level: float | None, frames: list[Row]
) -> Row:
    return {
        "id": number,
        "analysis_id": analysis_id,
        "position": place,
        "label": LABELS[place],
        "start": frames[0]["time"],
        "end": frames[-1]["time"],
        "band": band if place == 0 else _band(level),
        "score": None if level is None else _probability(level),
        "raw_score": level,
    }


def _finding_row(analysis_id: int, file: File, faces: int) -> Row:
    return {
        "analysis_id": analysis_id,
        "position": 0,
        "code": "strong_track",
        "text": f"Person A: signs of manipulation in {max(1, faces // 2)} of {faces} frames judged.",
        "track": LABELS[0],
        "start": 0.0,
        "end": file.duration or 0.0,
    }


def _job_row(number: int, file: File, at: datetime) -> Row:
    return {
        "id": number,
        "media_id": file.id,
        "analysis_id": number,
        "name": file.name,
        "priority": "normal",
        "state": "done",
        "percent": 100.0,
        "frames_done": 0,
        "cancel_requested": False,
        "attempt": 1,
        "starts": 1,
        "workflow_id": f"made-up-{number}",
        "created_at": at - timedelta(seconds=40),
        "started_at": at - timedelta(seconds=10),
        "finished_at": at,
    }
