"""Genuine faces beside what a decoder made of them: the whole picture, or the face alone, as in a swap."""

from typing import cast

import cv2
import numpy as np
from numpy.random import Generator

from core.training.autoencoders import Repaint
from core.training.fakes import Image, Pair, Points, blended, elastic, hull_mask, softened

PAINTED = ("face", "no_forehead", "inner", "lower")
FACE_ALONE = 0.6  # chance
WIDEST, HALVINGS = 4.0, 8  # px of blur that are enough for anything, and how closely the right one is looked for
COARSE = 4.0  # px of blur that leaves nothing of how a decoder makes detail
FINE = 1.0  # px of blur before detail is measured: what is finer is lost where a picture is made smaller


def reconstruction(image: Image, landmarks: Points, repaint: Repaint, rng: Generator) -> Pair:
    """A genuine face and the same as `repaint` gives it back, whole or within one of the regions `PAINTED`.

    Both have the same light and colours, are equally sharp, and outside the mask the same: what is left to be told is
    how the detail was made.
    """
    real, copy = equally_sharp(image, in_light_of(image, repaint(image)))
    mask = np.ones(image.shape[:2], np.float32)
    if rng.random() < FACE_ALONE:
        mask = softened(elastic(hull_mask(landmarks, str(rng.choice(PAINTED)), image.shape[:2], rng), rng), rng)
    return Pair(real=real, fake=blended(copy, real, mask), mask=mask)


def in_light_of(image: Image, copy: Image) -> Image:
    """`copy` with all that is coarse in it, light and colours, taken from `image`: small autoencoders fade."""
    faded = cv2.GaussianBlur(image.astype(np.float32) - copy, (0, 0), COARSE)
    return np.clip(np.rint(copy + faded), 0, 255).astype(np.uint8)


def equally_sharp(one: Image, other: Image) -> tuple[Image, Image]:
    """Both pictures, the sharper one blurred until its finest detail is as weak as the other's."""
    goal = min(_detail(one), _detail(other))
    return _softened_to(one, goal), _softened_to(other, goal)


def _softened_to(image: Image, goal: float) -> Image:
    if _detail(image) <= goal:
        return image
    low, high = 0.0, WIDEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _detail(_blurred(image, middle)) > goal else (low, middle)
    return _blurred(image, high)


def _blurred(image: Image, sigma: float) -> Image:
    return cast("Image", cv2.GaussianBlur(image, (0, 0), sigma))


def _detail(image: Image) -> float:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), FINE), cv2.CV_32F).std())
