"""A few small drawn pictures that all made-up analyses share: a frame, a face, a heatmap."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from db.models import ArtifactKind

MANY = 24
FRAME, CROP = (480, 270), 128  # pixels
FORMS: dict[ArtifactKind, tuple[str, str]] = {
    "frame": ("JPEG", ".jpg"),
    "crop": ("PNG", ".png"),
    "heat": ("PNG", ".png"),
}


@dataclass(frozen=True)
class Drawn:
    """A picture that lies under home."""

    path: str
    sha256: str


def draw_all(home: Path, draw: np.random.Generator) -> list[dict[ArtifactKind, Drawn]]:
    """Draw the pictures into `home/artifacts/seed`; a set of three for each number."""
    folder = home / "artifacts" / "seed"
    folder.mkdir(parents=True, exist_ok=True)
    return [_set(home, folder, number, draw) for number in range(MANY)]


def _set(home: Path, folder: Path, number: int, draw: np.random.Generator) -> dict[ArtifactKind, Drawn]:
    frame = _scene(draw)
    heat = Image.radial_gradient("L").resize((CROP, CROP)).point(lambda value: 255 - value)
    crop = frame.crop((160, 40, 320, 200)).resize((CROP, CROP))
    drawn: dict[ArtifactKind, Image.Image] = {"frame": frame, "crop": crop, "heat": heat}
    return {kind: _save(home, folder / f"{number}-{kind}", kind, picture) for kind, picture in drawn.items()}


def _save(home: Path, stem: Path, kind: ArtifactKind, picture: Image.Image) -> Drawn:
    form, suffix = FORMS[kind]
    bytes_ = BytesIO()
    picture.save(bytes_, form)
    path = stem.with_suffix(suffix)
    path.write_bytes(bytes_.getvalue())
    return Drawn(path.relative_to(home).as_posix(), hashlib.sha256(bytes_.getvalue()).hexdigest())


def _scene(draw: np.random.Generator) -> Image.Image:
    """A head and shoulders in front of a wall; nobody's."""
    wall, coat, skin = (tuple(int(value) for value in draw.integers(40, 200, 3)) for _ in range(3))
    picture = Image.new("RGB", FRAME, wall)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((110, 190, 370, 420), fill=coat)
    pen.ellipse((185, 50, 295, 195), fill=skin)
    for eye in (215, 255):
        pen.ellipse((eye, 105, eye + 12, 115), fill=(20, 20, 20))
    pen.arc((215, 130, 265, 165), 20, 160, fill=(90, 30, 30), width=4)
    return picture.filter(ImageFilter.GaussianBlur(1.5))
