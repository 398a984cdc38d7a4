"""Pictures that Pillow reads: stills, and the animated GIF, WebP and PNG.

What is see-through is laid on white: that is what a page shows behind such a picture, so the desk judges what
people saw.
"""

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from core.errors import MediaRefused
from pipelines.media.containers import undecodable
from pipelines.media.timeline import Timeline
from pipelines.media.upright import Image as Array

ANIMATED = frozenset({"GIF", "WEBP", "PNG"})
LEAST_DELAY, USUAL_DELAY = 0.02, 0.1  # s; browsers show frames with a shorter delay for the usual one
BACKGROUND = "white"
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,  # of a later frame
)  # what Pillow's readers raise
TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}  # EXIF orientation to degrees clockwise
TAGS = (
    "Make",
    "Model",
    "Software",
    "DateTime",
    "DateTimeOriginal",
    "Artist",
    "Copyright",
    "ImageDescription",
)


def open_picture(path: Path, container: str, max_pixels: int) -> Image.Image:
    """The picture with its header read and no pixel decoded; close it.

    Raises MediaRefused: `undecodable`, `too_many_pixels`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit comes next
            picture = Image.open(path, formats=[container])
    except Image.DecompressionBombError as error:
        raise too_many_pixels(max_pixels) from error
    except UNREADABLE as error:
        raise undecodable() from error
    if picture.width * picture.height > max_pixels:
        picture.close()
        raise too_many_pixels(max_pixels)
    return picture


def too_many_pixels(limit: int) -> MediaRefused:
    """The refusal of a picture that would fill the memory."""
    return MediaRefused(
        "too_many_pixels",
        f"The picture is larger than the limit of {limit / 1e6:.0f} million pixels. Please export it smaller.",
    )


def is_animated(picture: Image.Image) -> bool:
    """Whether the picture has more than one frame to show in time."""
    return picture.format in ANIMATED and _count(picture) > 1


def orientation(picture: Image.Image) -> int:
    """Degrees clockwise that its EXIF tag asks for."""
    return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1), 0)


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Width and height once upright."""
    width, height = picture.size
    return (height, width) if orientation(picture) in (90, 270) else (width, height)


def tags(picture: Image.Image) -> dict[str, object]:
    """Who made the picture, when and with what, as its EXIF says."""
    exif = picture.getexif()
    written = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    return {name: written[key] for name in TAGS if (key := ExifTags.Base[name].value) in written}


def timeline(picture: Image.Image) -> Timeline:
    """When each frame is shown. Reads the whole file; a torn end stops it."""
    shown = list(_delays(picture))
    return Timeline(np.cumsum([0.0, *shown])[:-1], sum(shown), 0.0)


def frames(picture: Image.Image, numbers: Iterable[int]) -> Iterator[tuple[int, Array | None]]:
    """The upright pictures of the frames with these numbers, ascending; None for one that is damaged."""
    size = _size_of_first(picture)
    for number in numbers:
        try:
            _turn_to(picture, number, size)
            yield number, _upright_rgb(picture)
        except UNREADABLE:
            yield number, None


def _delays(picture: Image.Image) -> Iterator[float]:
    size = _size_of_first(picture)
    for number in range(_count(picture)):
        try:
            _turn_to(picture, number, size)
            if picture.format == "WEBP":
                picture.load()  # its delays are known only then
        except UNREADABLE:
            return
        yield _delay(picture)


def _size_of_first(picture: Image.Image) -> tuple[int, int]:
    picture.seek(0)
    return picture.size


def _turn_to(picture: Image.Image, number: int, size: tuple[int, int]) -> None:
    """The limits were asked of the first frame, so a later one may not be larger."""
    picture.seek(number)
    if picture.size != size:
        raise ValueError(f"Frame {number} has another size than the first.")


def _count(picture: Image.Image) -> int:
    try:
        return getattr(picture, "n_frames", 1)
    except UNREADABLE:  # torn before its end; the first picture may be whole
        return 1


def _delay(picture: Image.Image) -> float:
    seconds = float(picture.info.get("duration") or 0) / 1000
    return seconds if seconds >= LEAST_DELAY else USUAL_DELAY


def _upright_rgb(picture: Image.Image) -> Array:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits a channel; Pillow would clip instead of scaling
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", seen.size, BACKGROUND), seen)
    return np.array(upright.convert("RGB"))
