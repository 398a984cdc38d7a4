"""From labelled media to face sets: the same finder and the same cut as the desk, for training and calibration."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.detectors.card import CropSpec
from core.errors import MediaRefused
from core.settings import Settings
from core.training.alignment import Moment, original_of
from core.training.face_sets import COLUMNS, FaceSet
from core.training.fakes import Points
from pipelines.manifests import read_manifest
from pipelines.media.crops import CROP_VERSION, Image, crop_matrix, cut
from pipelines.media.decode import sampled_frames
from pipelines.media.faces import Face, FaceFinder
from pipelines.media.probe import probe

# Wider than any detector's crop, at the scale of a 192-pixel crop with a margin of 1/8.
TRAINING_CROP = CropSpec(version=CROP_VERSION, size=216, margin=0.2)


@dataclass(frozen=True)
class CutFace:
    """One face of one labelled file, cut."""

    image: Image
    landmarks: NDArray[np.float32]
    row: dict[str, str | float]


def faces_wanted(manifest: Path) -> list[dict[str, str]]:
    """The rows of a manifest; `pair` is what a fake and its aligned original share: their clip."""
    rows = read_manifest(manifest)
    return rows.assign(pair=rows.get("clip", "")).to_dict("records")


def cut_pictures(rows: Iterable[dict[str, str]], archive: Path, finder: FaceFinder) -> Iterator[CutFace]:
    """One face a picture of a zip. A fake is cut where its aligned original was, so that the two stay aligned."""
    faces_of_pairs: dict[str, Face] = {}
    with zipfile.ZipFile(archive) as files:
        for row in sorted(rows, key=lambda r: (r["pair"], r["label"] != "real")):
            image = _decoded(files.read(row["file"]))
            face = faces_of_pairs.get(row["pair"]) or face_of_picture(image, finder)
            if face is None:
                continue
            if row["pair"]:
                faces_of_pairs[row["pair"]] = face
            yield cut_face(image, face.landmarks, row, time=0.0)


def cut_clips(
    rows: Iterable[dict[str, str]], folder: Path, finder: FaceFinder, per_clip: int
) -> Iterator[CutFace]:
    """Up to `per_clip` faces of each clip, spread over it: the largest face of each frame looked at.

    A fake is cut where its original was, if that is known by its surroundings to be among the clips of its group.
    """
    for _, group in groupby(sorted(rows, key=lambda r: (r["group"], r["label"] != "real")), lambda r: r["group"]):
        genuine: dict[float, list[Moment]] = {}
        for row in group:
            for image, face, time in _faces_of_clip(folder / row["file"], row["file"], finder, per_clip):
                moment = Moment.of(f"{row['file']}@{time:.2f}", image, face.landmarks)
                if row["label"] == "real":
                    genuine.setdefault(time, []).append(moment)
                    yield cut_face(image, face.landmarks, {**row, "pair": moment.name}, time)
                elif original := original_of(moment, genuine.get(time, [])):
                    yield cut_face(image, original.landmarks, {**row, "pair": original.name}, time)
                else:
                    yield cut_face(image, face.landmarks, {**row, "pair": ""}, time)


def _faces_of_clip(path: Path, name: str, finder: FaceFinder, most: int) -> Iterator[tuple[Image, Face, float]]:
    """Frames of a clip in which there is a face, the largest of each, and the time in s."""
    limits = Settings()
    try:
        info = probe(path, name, sha256="", limits=limits)
    except MediaRefused as refusal:
        raise MediaRefused(refusal.code, f"{name}: {refusal.message}") from refusal
    rate = most / max(info.duration or 1.0, 1e-3)
    for frame in sampled_frames(path, info, rate, at_least=most, at_most=2 * most, max_pixels=limits.max_pixels):
        if found := finder.find(frame.image) or finder.search(frame.image):
            yield frame.image, found[0], frame.time


def face_set(faces: Iterable[CutFace]) -> FaceSet:
    """All `faces` in one set; they fit into memory (140 kB each)."""
    kept = list(faces)
    rows = pd.DataFrame(
        [{column: face.row.get(column, "") for column in COLUMNS} for face in kept], columns=COLUMNS
    )
    return FaceSet(np.stack([f.image for f in kept]), np.stack([f.landmarks for f in kept]), rows)


def _decoded(data: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise MediaRefused("undecodable", "A training picture can't be decoded. Restore its archive.")
    return image


def face_of_picture(image: Image, finder: FaceFinder) -> Face | None:
    """The largest face of a picture, which may itself be a tight cut of a face."""
    found = finder.find(image)
    return found[0] if found else finder.landmarks_of_crop(image)


def cut_face(image: Image, mesh: Points, row: dict[str, str], time: float) -> CutFace:
    """The training crop of the face with the landmarks `mesh`, which `row` describes."""
    matrix = crop_matrix(mesh, image.shape, TRAINING_CROP)
    landmarks = cv2.transform(mesh[None].astype(np.float64), matrix)[0].astype(np.float32)
    return CutFace(cut(image, matrix, TRAINING_CROP.size), landmarks, {**row, "time": time})
