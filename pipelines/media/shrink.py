"""Pictures made smaller, quickly."""

import cv2
import numpy as np

from pipelines.media.upright import Image

WORKING_SIDE = 512  # px; what is looked at from afar needs no more, and shrinks further from there


def halved(image: Image, down_to: int) -> Image:
    """Halved, by means of 2 × 2 pixels, as long as the longer side stays at least `down_to` px.

    What is left to shrink then costs a quarter or less: OpenCV's area interpolation is quick at exact halves only.
    """
    while max(image.shape[:2]) >= 2 * down_to and min(image.shape[:2]) >= 2:
        height, width = image.shape[:2]
        half = image[: height - height % 2, : width - width % 2]
        image = np.asarray(
            cv2.resize(half, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
    return image


def afar(image: Image, near: Image | None = None) -> Image:
    """`image` with its longer side `WORKING_SIDE` px at most, by area. `near` is it halved, where that is at hand."""
    scale = WORKING_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    near = halved(image, WORKING_SIDE) if near is None else near
    return np.asarray(cv2.resize(near, size, interpolation=cv2.INTER_AREA), np.uint8)
