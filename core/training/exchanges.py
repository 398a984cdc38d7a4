"""Faces and mouths of real people put onto other real pictures: stand-ins for swaps and lip-sync, of known region.

Unlike self-blending (`core.training.fakes`) the inside is another person's, or another moment's: it differs in shape
and light as well as at its edge. Blends of different people follow Li et al. 2020 ("Face X-ray").
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.training.fakes import Image, Mask, Pair, Points, blended, elastic, hull_mask, softened

SWAPPED = ("face", "no_forehead", "inner")
SPOKEN = ("lower", "mouth")
COLOUR_MATCH = (0.5, 1.0)  # how far the source is brought to the target's colours; tools do it more or less well


def exchanged(
    target: tuple[Image, Points], source: tuple[Image, Points], regions: tuple[str, ...], rng: Generator
) -> Pair:
    """The real `target`, and the same picture with one of the `regions` taken from `source`."""
    image, landmarks = target
    fitted = fitted_onto(landmarks, *source)
    mask = softened(elastic(hull_mask(landmarks, str(rng.choice(regions)), image.shape[:2], rng), rng), rng)
    fitted = in_colours_of(image, fitted, mask, rng.uniform(*COLOUR_MATCH))
    return Pair(real=image, fake=blended(fitted, image, mask), mask=mask)


def fitted_onto(landmarks: Points, source: Image, source_landmarks: Points) -> Image:
    """`source`, shifted, turned and scaled so that its landmarks lie nearest to `landmarks`."""
    matrix, _ = cv2.estimateAffinePartial2D(source_landmarks, landmarks, method=cv2.LMEDS)
    height, width = source.shape[:2]
    return cv2.warpAffine(source, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


def in_colours_of(target: Image, source: Image, mask: Mask, amount: float) -> Image:
    """`source` with each channel's mean and spread inside the mask drawn to the target's (Reinhard et al. 2001)."""
    weights = mask.reshape(-1).astype(np.float64) + 1e-6
    theirs, ours = (image.reshape(-1, 3).astype(np.float64) for image in (target, source))
    (mean_to, spread_to), (mean_from, spread_from) = (_moments(pixels, weights) for pixels in (theirs, ours))
    matched = (ours - mean_from) / spread_from * spread_to + mean_to
    return np.clip(ours + amount * (matched - ours), 0, 255).astype(np.uint8).reshape(source.shape)


def shape_distance(landmarks: Points, others: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each of `others` [n, 468, 2] is from `landmarks` in pose and expression, size and place taken out."""
    return np.asarray(np.sqrt(((_normed(others) - _normed(landmarks[None])) ** 2).mean((1, 2))), np.float64)


def _normed(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = landmarks - landmarks.mean(1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean((1, 2), keepdims=True)), np.float32)


def _moments(
    pixels: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = np.average(pixels, axis=0, weights=weights)
    return mean, np.sqrt(np.average((pixels - mean) ** 2, axis=0, weights=weights)) + 1e-3
