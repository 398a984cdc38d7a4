"""Pictures for a report: heatmaps in colour over the face, and sizes without decoding twice."""

from io import BytesIO

import numpy as np
from PIL import Image

# Magma, dark to light, as on the desk: its lightness rises steadily, so it reads in print without colour.
MAGMA = np.array(
    [[44, 17, 95], [114, 31, 129], [183, 55, 121], [241, 96, 93], [254, 176, 120], [252, 253, 191]]
)
LEAST, STRENGTH = (
    0.2,
    0.75,
)  # how much of the colour lies over what was looked at least; over the rest, at most


def overlaid(crop: bytes, heat: bytes) -> bytes:
    """A face (RGB) under where the model looked (grey, white = most), as JPEG; the same for the same pictures."""
    face = _opened(crop).convert("RGB")
    grey = np.asarray(_opened(heat).convert("L").resize(face.size), np.float64) / 255
    cover = np.minimum(STRENGTH, LEAST + grey)[..., None]
    places = np.linspace(0, 1, len(MAGMA))
    colours = np.stack([np.interp(grey, places, MAGMA[:, channel]) for channel in range(3)], axis=-1)
    mixed = np.asarray(face, np.float64) * (1 - cover) + colours * cover
    written = BytesIO()
    Image.fromarray(np.rint(mixed).astype(np.uint8)).save(written, "JPEG", quality=92, subsampling=0)
    return written.getvalue()


def peak(heat: bytes) -> float:
    """The brightest value of a heatmap, 0 to 1."""
    return float(np.asarray(_opened(heat).convert("L")).max()) / 255


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    return _opened(picture).size


def _opened(picture: bytes) -> Image.Image:
    """Written by the confined process and found small when it was taken over; no other reader of Pillow's sees it."""
    return Image.open(BytesIO(picture), formats=["PNG", "JPEG"])
