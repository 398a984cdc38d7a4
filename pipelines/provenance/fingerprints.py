"""Fingerprints taken while a clip is decoded, and what two of them have in common. Figures: docs/provenance.md."""

from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.fingerprints import BYTES, VIEWS, Fingerprint
from pipelines.media.decode import Frame

SIDE = 16  # the hash is SIDE × SIDE bits
CUT = 0.1  # share of the picture that a crop may take: off one side, or half of it off each
SHRUNK = 256  # px, longer side of what is hashed
BLANK = 8.0  # standard deviation of grey, 0–255, under which a frame is black, white or a plain card
APART = 0.5  # s between two key frames
AT_LEAST = 16  # key frames of a short clip
AT_MOST = 2400  # key frames of a long one
NEAR = 40  # bits of 256 in which the same frame of two copies may differ
SLACK = 0.5  # s by which two copies may have been sampled apart
GAP = 2.0  # s without a match that don't end a stretch
ENOUGH = 3  # frames that must match in one alignment, where both clips have as many
MOST_STRETCHES = 5
MOST_COMPARED = 1200  # key frames of this clip that are compared; a longer one is thinned out


@dataclass(frozen=True)
class Stretch:
    """A part of this clip that is a part of the other one. Times in s; `bits` is the mean distance of its frames."""

    start: float
    end: float
    other_start: float
    other_end: float
    frames: int
    bits: float


class Fingerprinter:
    """Sees every sampled frame of a file and keeps the hashes of some. `duration` in s, None for a picture."""

    def __init__(self, duration: float | None) -> None:
        length = duration or 0.0
        self._apart = max(min(APART, length / AT_LEAST), length / AT_MOST)
        self._times: list[float] = []
        self._hashes: list[bytes] = []

    def see(self, frame: Frame) -> None:
        """One more frame, in order of time."""
        if self._times and frame.time - self._times[-1] < 0.99 * self._apart:
            return
        small = _small(frame.image)
        if small.std() >= BLANK:
            self._times.append(frame.time)
            self._hashes.append(b"".join(map(_hash, views(small))))

    def made(self) -> Fingerprint:
        """The fingerprint so far."""
        hashes = np.frombuffer(b"".join(self._hashes), np.uint8).reshape(-1, VIEWS, BYTES)
        return Fingerprint(np.array(self._times, np.float32), hashes)


def views(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The picture as it is and as it would be after the usual crops."""
    height, width = picture.shape[:2]
    down, right = round(height * CUT), round(width * CUT)
    half_down, half_right = round(height * CUT / 2), round(width * CUT / 2)
    middle = picture[half_down : height - half_down, half_right : width - half_right]
    sides = [picture[:, right:], picture[:, : width - right], picture[down:], picture[: height - down]]
    return [picture, middle, *sides]


def stretches(this: Fingerprint, other: Fingerprint) -> list[Stretch]:
    """What two clips have in common, in order of time: the same frames in the same order, at the same pace."""
    if not len(this) or not len(other):
        return []
    times = this.times[:: -(-len(this) // MOST_COMPARED)]
    bits = distances(this.hashes[:: -(-len(this) // MOST_COMPARED)], other.hashes)
    enough = min(ENOUGH, len(times), len(other))
    found: list[Stretch] = []
    for _ in range(MOST_STRETCHES):
        pairs = _best_alignment(times, other.times, bits)
        if len(pairs) < enough:
            break
        found += _runs(pairs, times, other.times, bits)
        bits[np.unique(pairs[:, 0])] = 8 * BYTES
    return sorted(found, key=lambda stretch: stretch.start)


def distances(these: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Bits that differ [n, m]: the least over all views of one beside the whole of the other."""
    a, b = _words(these), _words(others)
    beside = [_bits(a[:, 0], b[:, view]) for view in range(VIEWS)]
    beside += [_bits(a[:, view], b[:, 0]) for view in range(1, VIEWS)]
    return np.minimum.reduce(beside)


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey, and smaller by a whole number: the mean of whole blocks is quick to compute."""
    by = max(1, max(picture.shape[:2]) // SHRUNK)
    height, width = max(1, picture.shape[0] // by), max(1, picture.shape[1] // by)
    blocks = picture[: height * by, : width * by]
    smaller = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_AREA) if by > 1 else picture
    return np.asarray(cv2.cvtColor(smaller, cv2.COLOR_RGB2GRAY), np.uint8)


def _hash(picture: NDArray[np.uint8]) -> bytes:
    return np.packbits(imagehash.phash(Image.fromarray(picture), SIDE).hash.ravel()).tobytes()


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _bits(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint16]:
    apart = np.zeros((len(a), len(b)), np.uint16)
    for word in range(a.shape[1]):
        apart += np.bitwise_count(a[:, word, None] ^ b[None, :, word])
    return apart


def _best_alignment(
    times: NDArray[np.float32], others: NDArray[np.float32], bits: NDArray[np.uint16]
) -> NDArray[np.int64]:
    """Pairs [k, 2] of near frames that are the same time apart, of the alignment that explains most frames."""
    near = np.argwhere(bits <= NEAR)
    if not len(near):
        return near
    shift = others[near[:, 1]] - times[near[:, 0]]
    bins = np.rint(shift / SLACK).astype(np.int64)
    found, place = np.unique(bins, return_inverse=True)
    frames = np.zeros((len(found), len(times)), bool)
    frames[place, near[:, 0]] = True
    total = np.bincount(place, bits[near[:, 0], near[:, 1]])
    mean = total / np.bincount(place)
    best = max(range(len(found)), key=lambda one: (frames[one].sum(), -mean[one]))
    return near[np.abs(bins - found[best]) <= 1]


def _runs(
    pairs: NDArray[np.int64],
    times: NDArray[np.float32],
    others: NDArray[np.float32],
    bits: NDArray[np.uint16],
) -> list[Stretch]:
    """The pairs of one alignment, parted where nothing matches for a while."""
    closest = sorted(pairs.tolist(), key=lambda pair: bits[pair[0], pair[1]])
    one_each = dict(sorted({i: (i, j) for i, j in reversed(closest)}.items())).values()
    runs: list[list[tuple[int, int]]] = []
    for i, j in one_each:
        if runs and times[i] - times[runs[-1][-1][0]] <= max(GAP, 2 * _step(times)):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    return [_stretch(run, times, others, bits) for run in runs]


def _step(times: NDArray[np.float32]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _stretch(
    run: list[tuple[int, int]],
    times: NDArray[np.float32],
    others: NDArray[np.float32],
    bits: NDArray[np.uint16],
) -> Stretch:
    reached = [float(others[j]) for _, j in run]
    return Stretch(
        start=float(times[run[0][0]]),
        end=float(times[run[-1][0]]),
        other_start=min(reached),
        other_end=max(reached),
        frames=len(run),
        bits=float(np.mean([bits[i, j] for i, j in run])),
    )
