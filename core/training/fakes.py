"""Self-blended images: a face blended onto itself, so that only the traces of blending tell it from a real one.

Shiohara and Yamasaki 2022, "Detecting Deepfakes with Self-Blended Images". One copy of the picture is changed
(colour, sharpness), moved a little, and blended back under a mask drawn from the face's landmarks. When the copy
underneath is the changed one, it also serves as the real of the pair: outside the mask the two are identical.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # [height, width, 3], RGB
Mask = NDArray[np.float32]  # [height, width], 0–1
Points = NDArray[np.float32]  # [468, 2], px

BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
INNER_FACE = (*BROWS, 61, 291, 17, 50, 280, 205, 425)  # brows, cheeks and mouth
NOSE_BASE = 2
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
MOUTH_GROWTH = 1.8  # lip-sync replaces more than the lips
REGIONS = {"face": 0.35, "no_forehead": 0.2, "inner": 0.15, "lower": 0.12, "mouth": 0.08, "random": 0.1}  # chances

MAX_SHIFT = (0.03, 0.015)  # of the picture's width and height
SCALES = (0.95, 1.05)
ELASTIC_STRENGTH, ELASTIC_SIGMA = 50.0, 7.0  # px, at 256
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Pair:
    """A real face and a fake of it, same size, and the mask of what was manipulated (None: not known)."""

    real: Image
    fake: Image
    mask: Mask | None


def self_blend(image: Image, landmarks: Points, rng: Generator) -> Pair:
    """A real and a self-blended face from one real face, aligned to the pixel."""
    source, target = image, image
    if rng.random() < 0.5:
        source = changed(image, rng)
    else:
        target = changed(image, rng)
    region = str(rng.choice(list(REGIONS), p=list(REGIONS.values())))
    mask = elastic(hull_mask(landmarks, region, image.shape[:2], rng), rng)
    source, mask = moved(source, mask, rng)
    mask = softened(mask, rng) * np.float32(rng.choice(STRENGTHS))
    return Pair(real=target, fake=blended(source, target, mask), mask=mask)


def blended(source: Image, target: Image, mask: Mask) -> Image:
    """`source` where the mask is 1, `target` where it is 0."""
    weight = mask[..., None]
    mixed = source.astype(np.float32) * weight + target.astype(np.float32) * (1 - weight)
    return np.rint(mixed).astype(np.uint8)


def hull_mask(landmarks: Points, region: str, shape: tuple[int, int], rng: Generator) -> Mask:
    """A filled convex hull of one of the `REGIONS`: the whole face, or a part that real manipulations replace."""
    mask = np.zeros(shape, np.float32)
    hull = cv2.convexHull(np.rint(_region_points(landmarks, region, rng)).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1.0)
    return mask


def _region_points(landmarks: Points, region: str, rng: Generator) -> Points:
    match region:
        case "no_forehead":
            return landmarks[landmarks[:, 1] >= landmarks[list(BROWS), 1].min()]
        case "inner":
            return landmarks[list(INNER_FACE)]
        case "lower":
            return landmarks[landmarks[:, 1] >= landmarks[NOSE_BASE, 1]]
        case "mouth":
            lips = landmarks[list(LIPS)]
            return lips.mean(0) + MOUTH_GROWTH * (lips - lips.mean(0))
        case "random":
            return landmarks[rng.choice(len(landmarks), size=int(rng.integers(6, 24)), replace=False)]
        case _:
            return landmarks


def elastic(mask: Mask, rng: Generator) -> Mask:
    """The mask under a smooth random displacement (Simard et al. 2003)."""
    height, width = mask.shape
    scale = height / 256
    field = rng.uniform(-1, 1, (2, height, width)).astype(np.float32)
    sigma = ELASTIC_SIGMA * scale
    dx, dy = (cv2.GaussianBlur(f, (0, 0), sigma) * ELASTIC_STRENGTH * scale for f in field)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(mask, x + dx, y + dy, cv2.INTER_LINEAR)


def moved(source: Image, mask: Mask, rng: Generator) -> tuple[Image, Mask]:
    """Source and mask, shifted and scaled together."""
    height, width = mask.shape
    scale = rng.uniform(*SCALES)
    shift = rng.uniform(-1, 1, 2) * (MAX_SHIFT[0] * width, MAX_SHIFT[1] * height)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale)
    matrix[:, 2] += shift
    size = (width, height)
    return (
        cv2.warpAffine(source, matrix, size, borderMode=cv2.BORDER_REFLECT_101),
        cv2.warpAffine(mask, matrix, size),
    )


def softened(mask: Mask, rng: Generator) -> Mask:
    """The mask with a soft edge that lies inside its old one: blurred, cut at 1, blurred again."""
    side = mask.shape[0]
    first = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.01, 0.04) * side)
    inside = (first > 0.98 * first.max()).astype(np.float32)
    return np.clip(cv2.GaussianBlur(inside, (0, 0), rng.uniform(0.008, 0.04) * side), 0, 1)


def changed(image: Image, rng: Generator) -> Image:
    """A copy in slightly other colours, and softer, sharper or with smoother skin."""
    copy = _other_colours(image, rng)
    match rng.choice(["softer", "sharper", "smoother"]):
        case "softer":
            return _resampled(copy, int(rng.choice([2, 4])))
        case "sharper":
            return _sharpened(copy, rng.uniform(0.2, 0.8))
        case _:
            return _smoothed(copy, rng.uniform(15, 60))


def _other_colours(image: Image, rng: Generator) -> Image:
    shifted = image.astype(np.float32) + rng.uniform(-15, 15, 3).astype(np.float32)
    gain, bias = rng.uniform(0.9, 1.1), rng.uniform(-0.1, 0.1) * 255
    lit = np.clip(shifted * gain + bias, 0, 255).astype(np.uint8)
    hsv = cv2.cvtColor(lit, cv2.COLOR_RGB2HSV).astype(np.int16)
    hsv[..., 0] = (hsv[..., 0] + rng.integers(-2, 3)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] + rng.integers(-12, 13), 0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)


def _resampled(image: Image, factor: int) -> Image:
    height, width = image.shape[:2]
    small = cv2.resize(image, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def _smoothed(image: Image, strength: float) -> Image:
    """Without pores and noise, and with its edges kept: so generators leave a skin (Tomasi and Manduchi 1998)."""
    return np.asarray(cv2.bilateralFilter(image, 7, strength, 3), np.uint8)


def _sharpened(image: Image, amount: float) -> Image:
    soft = cv2.GaussianBlur(image, (0, 0), 1.5)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0)
