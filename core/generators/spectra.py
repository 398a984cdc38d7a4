"""What the frequencies of pictures give away: too little in the fine detail, and peaks where a network put its grid.

power     |FFT|² of the luma under a Hann window, the middle frequency zero
radial    its mean on each ring, which is what is usually plotted (Durall et al. 2020)
grid      how far the frequencies of a 2, 4 and 8 px grid stand out: strided layers leave them (Odena et al. 2016)
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])
PERIODS = (2, 4, 8)  # px
AROUND = 2  # frequencies on each side that a peak is compared with
TINY = 1e-12  # of a power: a plain picture has none


def power(pictures: NDArray[np.uint8]) -> Array:
    """Power [n, size, size] of pictures [n, size, size, 3]; whole windows sum to the variance under them."""
    luma = pictures @ (LUMA / 255)
    size = luma.shape[1]
    window = np.outer(np.hanning(size), np.hanning(size))
    window /= np.sqrt(np.square(window).mean())
    flat = (luma - luma.mean((1, 2), keepdims=True)) * window
    found: Array = np.abs(np.fft.fftshift(np.fft.fft2(flat, norm="forward"), axes=(1, 2))) ** 2
    return found


def radial(powers: Array) -> Array:
    """Mean power [n, size // 2 + 1] on the rings of 0, 1, … size / 2 waves across the picture."""
    size = powers.shape[1]
    ring = np.hypot(*(np.indices((size, size)) - size // 2)).round().astype(int).ravel()
    inside = ring <= size // 2
    counts = np.bincount(ring[inside])
    return np.stack([np.bincount(ring[inside], one.ravel()[inside]) / counts for one in powers])


def fine_share(powers: Array) -> Array:
    """Share [n] of each picture's power that lies beyond half the highest frequency: its fine detail."""
    size = powers.shape[1]
    across = np.abs(np.indices((size, size)) - size // 2).max(0)
    return powers[:, across >= size // 4].sum(1) / (powers.sum((1, 2)) + TINY)


def grid_excess(powers: Array) -> float:
    """By how many decibels the grid's frequencies stand above their neighbours in the mean of all pictures."""
    mean = powers.mean(0)
    size = len(mean)
    middle = size // 2
    places = {(middle + a * size // p) % size for p in PERIODS for a in range(p)} - {middle}
    excess = [_above_neighbours(mean, place, middle) for place in places]
    excess += [_above_neighbours(mean.T, place, middle) for place in places]
    return float(np.mean(excess))


def _above_neighbours(mean: Array, place: int, middle: int) -> float:
    """Decibels of one frequency along an axis above the median of those beside it; the spectrum is periodic."""
    line = mean[:, middle]
    beside = [line[(place + step) % len(line)] for step in range(-AROUND, AROUND + 1) if step]
    return float(10 * np.log10((line[place] + TINY) / (np.median(beside) + TINY)))


def profile(pictures: NDArray[np.uint8]) -> Array:
    """Logarithms [n, size // 2] of the radial power without the mean: what a simple detector looks at."""
    return np.log10(radial(power(pictures))[:, 1:] + TINY)
