"""Pictures from a generator, marked as synthetic, and what the desk's detectors say of them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detectors import registry
from core.detectors.registry import Detector
from core.generators import shelf
from core.generators.journal import grid, to_levels
from core.generators.marking import sentence, write_picture
from core.judgement.bands import band
from core.judgement.calibration import probability
from core.settings import Settings
from pipelines import serving
from pipelines.lab.runs import LabRun
from pipelines.media.crops import crop_matrix, cut
from pipelines.media.faces import FaceFinder

MOST = 64  # samples at once
FACE_FINDABLE = 256  # px: smaller pictures are enlarged to this before a face is looked for

Pictures = NDArray[np.uint8]  # [n, size, size, 3], RGB


@dataclass(frozen=True)
class Sampled:
    """What was made, and how to make it again."""

    run: str
    steps: int
    seed: int
    truncation: float
    pictures: Pictures
    grid_png: bytes  # all in one, marked

    @property
    def says(self) -> str:
        """The sentence that every file of it carries."""
        return sentence(self.run, self.seed)


@dataclass(frozen=True)
class Said:
    """One detector about the pictures in which a face was found."""

    detector: str
    faces: int
    signs: int  # faces in the band `signs`
    mean: float | None  # probability; None where no face was found


def sample(run: LabRun, count: int, seed: int, truncation: float) -> Sampled:
    """`count` pictures; WeightsRefused where the run has no weights yet."""
    model = shelf.load(run.folder)
    made = model.sample(min(count, MOST), seed, truncation)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "grid.png"
        write_picture(path, grid(made), sentence(run.name, seed))
        return Sampled(run.name, model.steps, seed, truncation, to_levels(made), path.read_bytes())


def asked(config: Settings, pictures: Pictures) -> list[Said]:
    """The desk's detectors about every face that is found; adversaries see the whole picture.

    Raises:
        WeightsRefused: no detector serves, or one of them is not whole.
    """
    with FaceFinder(config.face_models) as finder:
        large = [_enlarged(picture) for picture in pictures]
        meshes = [next((face.landmarks for face in finder.find(picture)), None) for picture in large]
    faces = [(picture, mesh) for picture, mesh in zip(large, meshes, strict=True) if mesh is not None]
    return [_said(detector, pictures, faces) for detector in map(registry.load, detectors(config))]


def detectors(config: Settings) -> list[Path]:
    """The folders of the desk's detectors, each weights once: first the one in service, which may have learned here."""
    serves = serving.folder_of(config, serving.in_service(config))
    folders = [serves, *sorted(card.parent for card in config.models.glob(f"*/{registry.CARD}"))]
    known: dict[str, Path] = {}
    for folder in folders:
        known.setdefault(registry.read_card(folder).sha256, folder)
    return list(known.values())


def _said(detector: Detector, pictures: Pictures, faces: list[tuple[Pictures, NDArray[np.float32]]]) -> Said:
    card = detector.card
    if card.network == "panel":
        crops = [cut(picture, crop_matrix(mesh, picture.shape, card.crop), card.crop.size) for picture, mesh in faces]
    else:
        crops = [np.asarray(cv2.resize(picture, (card.crop.size,) * 2), np.uint8) for picture in pictures]
    name = f"{card.name} {card.version}"
    if not crops:
        return Said(name, 0, 0, None)
    raws = detector.score(np.stack(crops), "image").tolist()
    scale = card.scales["image"]
    flagged = sum(band(raw, raw, scale.thresholds) == "signs" for raw in raws)
    return Said(name, len(crops), flagged, float(np.mean([probability(raw, scale.calibration) for raw in raws])))


def _enlarged(picture: Pictures) -> Pictures:
    side = max(FACE_FINDABLE, len(picture))
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
