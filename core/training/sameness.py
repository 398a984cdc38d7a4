"""Whether two cuts of a face show the same pixels, but for compression and a slip of the cut."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.training.data import UNTOUCHED, difference_mask

STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)  # most of them, and the gain that ends them


def same_face(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    """Whether no region of the two pictures [side, side, 3] differs by more than compression leaves."""
    moved = _moved_onto(first, second)
    return moved is not None and float(difference_mask(first, moved).mean()) <= UNTOUCHED


def _moved_onto(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """`second` where it lies best on `first` (Evangelidis and Psarakis 2008): landmarks slip by a fraction of a pixel.

    None where it lies nowhere.
    """
    one, other = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second))
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, matrix = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, STEPS)
    except cv2.error:  # how OpenCV says that no place was found
        return None
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(second, matrix, second.shape[:2], flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
