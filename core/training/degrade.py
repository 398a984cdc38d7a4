"""What happens to pictures on their way to a newsroom, the same for both members of a pair."""

from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # [height, width, 3], RGB

CRF = (20, 39)  # of H.264: from a good upload to what messengers leave
FRAME = Fraction(1, 25)  # s
LETTERS = "AAABCDEEEEFGHIIKLMNNOOPRSTUVaaabcdeeeefghiiklmnnooprstuv      ,.!?0123456789"


def degraded(images: list[Image], rng: Generator, wear: float = 1.0) -> list[Image]:
    """All `images` after one random course of light, scaling, blur, noise, letters, codecs and screens; each step with
    its own chance, times `wear`."""
    for chance, step in (
        (0.5, _relit),
        (0.25, _rescaled),
        (0.15, _blurred),
        (0.2, _noisy),
        (0.05, _captioned),
        (0.3, _filmed),
        (0.25, _passed_on),
        (0.05, _off_a_screen),
        (0.5, _compressed),
    ):
        if rng.random() < chance * wear:
            images = step(images, rng)
    return images


def _relit(images: list[Image], rng: Generator) -> list[Image]:
    gamma, gain = np.exp(rng.uniform(-0.35, 0.35)), rng.uniform(0.85, 1.15)
    tints = gain * rng.uniform(0.94, 1.06, 3)
    levels = (np.arange(256) / 255) ** gamma * 255
    table = np.clip(levels[:, None] * tints, 0, 255).astype(np.uint8)[None]
    return [cv2.LUT(image, table) for image in images]


def _rescaled(images: list[Image], rng: Generator) -> list[Image]:
    height, width = images[0].shape[:2]
    scale = rng.uniform(0.3, 0.9)
    down = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    up = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    small = [cv2.resize(i, None, fx=scale, fy=scale, interpolation=down) for i in images]
    return [cv2.resize(i, (width, height), interpolation=up) for i in small]


def _blurred(images: list[Image], rng: Generator) -> list[Image]:
    sigma = rng.uniform(0.3, 1.5)
    return [cv2.GaussianBlur(image, (0, 0), sigma) for image in images]


def _noisy(images: list[Image], rng: Generator) -> list[Image]:
    noise = rng.normal(0, rng.uniform(1, 8), images[0].shape).astype(np.float32)
    return [np.clip(image + noise, 0, 255).astype(np.uint8) for image in images]


def _filmed(images: list[Image], rng: Generator) -> list[Image]:
    rate, drift = int(rng.integers(*CRF)), rng.uniform(-1.5, 1.5, 2)
    return [_through_h264(image, rate, drift) for image in images]


def _passed_on(images: list[Image], rng: Generator) -> list[Image]:
    """Filmed at a smaller size, as sites and messengers serve a clip, and enlarged again for looking at."""
    height, width = images[0].shape[:2]
    scale = rng.uniform(0.35, 0.8)
    size = tuple(2 * round(side * scale / 2) for side in (width, height))  # H.264 wants even sides
    small = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
    return [cv2.resize(i, (width, height), interpolation=cv2.INTER_CUBIC) for i in _filmed(small, rng)]


def _through_h264(image: Image, rate: int, drift: NDArray[np.float64]) -> Image:
    """The second frame of a film in which the picture drifts by `drift` px: it is predicted from the first, as most
    frames of a clip are."""
    height, width = image.shape[:2]
    options = {"crf": str(rate), "preset": "veryfast", "tune": "zerolatency"}
    encoder, decoder = av.CodecContext.create("libx264", "w"), av.CodecContext.create("h264", "r")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.options, encoder.thread_count = FRAME, options, 1
    packets = []
    for number, share in enumerate((1.0, 0.0)):
        matrix = np.array([[1, 0, share * drift[0]], [0, 1, share * drift[1]]])
        moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        frame = av.VideoFrame.from_ndarray(moved, format="rgb24")
        frame.pts, frame.time_base = number, FRAME
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return np.asarray(frames[-1].to_ndarray(format="rgb24"), np.uint8)


def _off_a_screen(images: list[Image], rng: Generator) -> list[Image]:
    """Recorded as a screen shows it: brighter, scaled to its window, under the faint pattern of its lines."""
    height, width = images[0].shape[:2]
    scale, period, phase = rng.uniform(0.6, 1.4), rng.uniform(2.5, 6), rng.uniform(0, 2 * np.pi)
    lines = 1 + rng.uniform(0, 0.03) * np.sin(np.arange(height) * 2 * np.pi / period + phase)
    window = [cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR) for image in images]
    shown = [cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR) for image in window]
    lit = rng.uniform(1.0, 1.15) * lines[:, None, None]
    return _filmed([np.clip(image * lit, 0, 255).astype(np.uint8) for image in shown], rng)


def _captioned(images: list[Image], rng: Generator) -> list[Image]:
    """With a line of letters across the lower or the upper part, on a bar or in an outline."""
    side = images[0].shape[0]
    words = "".join(rng.choice(list(LETTERS), 24))
    place = (int(rng.uniform(-0.2, 0.2) * side), int(rng.choice([0.12, 0.85, 0.95]) * side))
    size, colour, on_a_bar = side / 216 * rng.uniform(0.5, 0.9), rng.choice([255, 230]), rng.random() < 0.5
    return [_lettered(image, words, place, size, int(colour), on_a_bar) for image in images]


def _lettered(image: Image, words: str, place: tuple[int, int], size: float, colour: int, on_a_bar: bool) -> Image:
    copy, font = image.copy(), cv2.FONT_HERSHEY_DUPLEX
    (width, height), below = cv2.getTextSize(words, font, size, 1)
    if on_a_bar:
        copy[max(0, place[1] - height - below) : place[1] + below, max(0, place[0]) : place[0] + width] //= 4
    else:
        cv2.putText(copy, words, place, font, size, (0, 0, 0), 3, cv2.LINE_AA)
    return np.asarray(cv2.putText(copy, words, place, font, size, (colour,) * 3, 1, cv2.LINE_AA), np.uint8)


def _compressed(images: list[Image], rng: Generator) -> list[Image]:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 100))]
    return [_through_jpeg(image, quality) for image in images]


def _through_jpeg(image: Image, quality: list[int]) -> Image:
    """Coded and decoded; OpenCV codes BGR, and in RGB order the chroma of red and blue would be exchanged."""
    _, code = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quality)
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR_RGB))
