"""From a network's coarse map to a picture of where it looked."""

import cv2
import numpy as np
from numpy.typing import NDArray

FAINT = 0.1  # of 1: a map that stays below it everywhere located nothing, whatever its brightest spot is


def grown(maps: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Maps [n, h, w] in 0–1, each grown to [size, size] by cubic interpolation, which is kept within 0–1."""
    large = [cv2.resize(one, (size, size), interpolation=cv2.INTER_CUBIC) for one in maps]
    return np.clip(np.stack(large), 0, 1)
