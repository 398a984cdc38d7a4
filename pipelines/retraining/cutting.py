"""Faces and fingerprint of a file, in the confined process (see `pipelines.confine`): one pass over its frames."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evidence import MediaInfo, MediaKind
from core.fingerprints import BYTES, VIEWS, Fingerprint
from core.settings import Settings
from pipelines.confined import Report, Task
from pipelines.face_cutting import TRAINING_CROP, CutFace, cut_face, face_of_picture
from pipelines.media.crops import CROP_VERSION
from pipelines.media.decode import Frame, sampled_frames
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe
from pipelines.provenance.fingerprints import Fingerprinter

CUT = "cut.npz"
FACES_A_CLIP = 24
POINTS = 468  # of a face mesh
MOST_PRINTS = 4800  # key frames; a fingerprint has fewer
VERSION = f"{CROP_VERSION}-{TRAINING_CROP.size}-{FACES_A_CLIP}"


@dataclass(frozen=True)
class Cut:
    """What learning needs of one file: `images` [n, side, side, 3], `landmarks` [n, 468, 2] in px, `times` [n] in s."""

    kind: MediaKind
    images: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    times: NDArray[np.float32]
    prints: Fingerprint


def cutter(setup: dict[str, Any]) -> Task:
    """Cuts files. Request: `path`, `faces` (whether they are wanted), `out`; the result is left in that folder."""
    config = Settings(**setup)
    finder = FaceFinder(config.face_models)  # lives as long as its process

    def work(request: dict[str, Any], report: Report) -> dict[str, Any]:
        path = Path(request["path"])
        info = probe(path, path.name, sha256="", limits=config)
        prints = Fingerprinter(info.duration)
        faces = list(_faces(path, info, prints, finder if request["faces"] else None, config))
        _save(Path(request["out"]) / CUT, info.kind, faces, prints.made())
        return {"kind": info.kind, "faces": len(faces)}

    return work


def load(path: Path) -> Cut:
    """A result of the confined process, which nothing is believed of.

    Raises:
        ValueError: it is none.
    """
    side = TRAINING_CROP.size
    if path.is_symlink():
        raise ValueError("The cut faces are a link.")
    with zipfile.ZipFile(path) as members:
        if any(member.compress_type != zipfile.ZIP_STORED for member in members.infolist()):
            raise ValueError("The cut faces are packed, as none of ours are: unpacked they could fill the memory.")
    with np.load(path, allow_pickle=False) as parts:
        kind: MediaKind = "image" if str(parts["kind"]) == "image" else "video"
        images, landmarks, times = parts["images"], parts["landmarks"], parts["times"]
        print_times, hashes = parts["print_times"], parts["print_hashes"]
    n, k = len(times), len(print_times)
    shaped = (
        (images.shape, images.dtype) == ((n, side, side, 3), np.uint8)
        and (landmarks.shape, landmarks.dtype) == ((n, POINTS, 2), np.float32)
        and (times.shape, times.dtype, print_times.dtype) == ((n,), np.float32, np.float32)
        and (hashes.shape, hashes.dtype) == ((k, VIEWS, BYTES), np.uint8)
        and n <= FACES_A_CLIP and k <= MOST_PRINTS
    )  # fmt: skip
    if not shaped or not np.isfinite(landmarks).all():
        raise ValueError("The cut faces have another shape than cut faces have.")
    return Cut(kind, images, landmarks, times, Fingerprint(print_times, hashes))


def _faces(
    path: Path, info: MediaInfo, prints: Fingerprinter, finder: FaceFinder | None, config: Settings
) -> Iterator[CutFace]:
    """The largest face of frames spread over the file; every frame that is looked at goes to `prints`."""
    apart, due, found = (info.duration or 0.0) / FACES_A_CLIP, 0.0, 0
    grid = (config.samples_per_second, config.min_samples, config.max_samples)
    frames = sampled_frames(path, info, *grid, config.max_pixels)
    for frame in frames:
        prints.see(frame)
        if finder is None or frame.time < due or found == FACES_A_CLIP:
            continue
        due += apart
        if face := _face(frame, info, finder):
            found += 1
            yield face


def _face(frame: Frame, info: MediaInfo, finder: FaceFinder) -> CutFace | None:
    if info.kind == "image":
        face = face_of_picture(frame.image, finder)
    else:
        face = next(iter(finder.find(frame.image) or finder.search(frame.image)), None)
    return cut_face(frame.image, face.landmarks, {}, frame.time) if face else None


def _save(out: Path, kind: str, faces: list[CutFace], prints: Fingerprint) -> None:
    side = TRAINING_CROP.size
    with out.open("wb") as file:
        np.savez(
            file,
            kind=np.array(kind),
            images=np.stack([face.image for face in faces]) if faces else np.empty((0, side, side, 3), np.uint8),
            landmarks=np.stack([f.landmarks for f in faces]) if faces else np.empty((0, POINTS, 2), np.float32),
            times=np.array([face.row["time"] for face in faces], np.float32),
            print_times=prints.times.astype(np.float32),
            print_hashes=prints.hashes,
        )
