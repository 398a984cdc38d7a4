"""Portraits that differ as the pictures of different people in different places do, and fakes of them.

All show the one face that is free to publish, turned, tinted and sized at random, before backgrounds drawn at random.
"""

import io

import av
import cv2
import numpy as np
from PIL import Image as Picture
from skimage.data import astronaut

Image = np.ndarray

SIDE = 360  # px
FACE = (slice(0, 220), slice(110, 330))  # of the astronaut: head and shoulders


def portrait(seed: int) -> Image:
    """A genuine picture [SIDE, SIDE, 3]: no two seeds are near copies of each other."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (5, 5, 3), np.uint8)
    scene = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    head = cv2.resize(astronaut()[FACE], None, fx=(size := rng.uniform(0.8, 1.2)), fy=size)
    head = head[:, ::-1] if rng.random() < 0.5 else head
    lit = np.clip(head * rng.uniform(0.75, 1.15, 3), 0, 255).astype(np.uint8)
    x, y = rng.integers(0, SIDE - lit.shape[1], 2)
    scene[y : y + lit.shape[0], x : x + lit.shape[1]] = lit
    return scene


def softened(picture: Image) -> Image:
    """A crude fake: everything smooth."""
    return cv2.GaussianBlur(picture, (0, 0), 3)


def gridded(picture: Image) -> Image:
    """Another one: the checkered trace that some generators leave."""
    rows, columns = np.indices(picture.shape[:2]) // 2
    return np.clip(picture + 24.0 * ((rows + columns) % 2 * 2 - 1)[..., None], 0, 255).astype(np.uint8)


def png(picture: Image) -> bytes:
    """The file of a picture, without loss."""
    buffer = io.BytesIO()
    Picture.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(picture: Image, quality: int) -> bytes:
    """The file of a picture as a messenger hands it on."""
    buffer = io.BytesIO()
    Picture.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def mp4(pictures: list[Image], crf: int = 18) -> bytes:
    """A clip of 8 pictures a second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=8, options={"crf": str(crf)})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
