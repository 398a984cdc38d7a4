"""Small whole files of every kind that the desk reads, with everything in them that is parsed: made here, of noise."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from core.generators.marking import XMP, Signer, write_mp4, write_picture
from pipelines.fuzzing.certificates import certificate

WIDTH, HEIGHT, FRAMES, FPS = 64, 48, 8, 8
TAGS = {"title": "A title", "comment": "Made of noise", "creation_time": "2026-05-01T12:00:00Z", "encoder": "none"}
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0c\x1c\x02\x50\x00\x07By-line"
MAKE, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825

Frames = list[NDArray[np.uint8]]


def write_seeds(folder: Path) -> list[Path]:
    """One file of each kind, in this folder."""
    noise = np.random.default_rng(7)
    frames: Frames = [noise.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(FRAMES)]
    for name, make in MAKERS.items():
        make(folder / name, frames)
    return sorted(folder.iterdir())


def _clip(container: str, codec: str, pixels: str = "yuv420p") -> Callable[[Path, Frames], None]:
    def make(path: Path, frames: Frames) -> None:
        with av.open(path, "w", format=container) as file:
            file.metadata.update(TAGS)
            stream = file.add_stream(codec, rate=FPS)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
            for number, image in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                file.mux(stream.encode(frame))
            file.mux(stream.encode())

    return make


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Nobody", 6
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)})
    return exif


def _jpeg(path: Path, frames: Frames) -> None:
    picture = Image.fromarray(frames[0])
    picture.save(path, exif=_exif(), xmp=XMP.encode(), comment=b"a comment", progressive=True)
    plain = path.read_bytes()
    block = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2, "big") + IPTC
    path.write_bytes(plain[:2] + block + plain[2:])


def _png(path: Path, frames: Frames) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "Steps: 20, Sampler: none")
    text.add_text("Comment", "squeezed " * 50, zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP)
    Image.fromarray(frames[0]).save(path, pnginfo=text, exif=_exif())


def _animated(kind: str) -> Callable[[Path, Frames], None]:
    def make(path: Path, frames: Frames) -> None:
        first, *others = (Image.fromarray(frame) for frame in frames)
        made = BytesIO()
        first.save(made, kind, save_all=True, append_images=others, duration=125, loop=0)
        path.write_bytes(made.getvalue())

    return make


def _webp(path: Path, frames: Frames) -> None:
    Image.fromarray(frames[0]).save(path, exif=_exif(), xmp=XMP.encode())


def _signed_picture(path: Path, frames: Frames) -> None:
    write_picture(path, frames[0], "A signed picture", _signer())


def _signed_clip(path: Path, frames: Frames) -> None:
    write_mp4(path, frames, FPS, "A signed clip", _signer())


def _signer() -> Signer:
    chain, key, _ = certificate()
    return Signer(key, chain)


MAKERS: dict[str, Callable[[Path, Frames], None]] = {
    "h264.mp4": _clip("mp4", "libx264"),
    "h264.mov": _clip("mov", "libx264"),
    "h264.mkv": _clip("matroska", "libx264"),
    "vp9.webm": _clip("webm", "libvpx-vp9"),
    "mpeg4.avi": _clip("avi", "mpeg4"),
    "mjpeg.avi": _clip("avi", "mjpeg", "yuvj420p"),
    "still.jpg": _jpeg,
    "still.png": _png,
    "still.webp": _webp,
    "moving.gif": _animated("GIF"),
    "moving.webp": _animated("WEBP"),
    "moving.png": _animated("PNG"),
    "signed.jpg": _signed_picture,
    "signed.png": _signed_picture,
    "signed.mp4": _signed_clip,
}
