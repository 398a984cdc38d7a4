"""Setting a picture upright: the quarter turns and mirrorings that a file asks its player for."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # [height, width, 3], RGB

MATRIX_BYTES = 9 * 4  # FFmpeg's display matrix: 3 × 3, int32


@dataclass(frozen=True)
class Turn:
    """Swap rows with columns, then flip left–right, then up–down: enough for every quarter turn and mirroring."""

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of_frame(cls, frame: VideoFrame) -> Self:
        """What the display matrix of `frame` asks for. (`frame.rotation` takes a mirrored picture for a turned one.)"""
        # Asked of the frame, the two would hold each other, and its pixels stay until Python looks for such rings.
        side_data: Any = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]
        if side_data is None or side_data.buffer_size != MATRIX_BYTES:
            return cls()
        (a, b, _), (c, d, _), _ = np.frombuffer(bytes(side_data), np.int32).reshape(3, 3).tolist()
        return cls(True, c < 0, b < 0) if abs(b) > abs(a) else cls(False, a < 0, d < 0)

    @property
    def degrees(self) -> int:
        """Clockwise turn that it contains: 0, 90, 180 or 270."""
        mirrored = self.swap ^ self.flip_x ^ self.flip_y
        flip_x = self.flip_x ^ mirrored
        return (90 if flip_x else 270) if self.swap else (180 if flip_x else 0)

    def apply(self, image: Image) -> Image:
        """`image` set upright, contiguous in memory."""
        turned = image.swapaxes(0, 1) if self.swap else image
        return np.ascontiguousarray(turned[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1])


def square_pixel_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Size with square pixels. The shorter direction is stretched, as players do, so no pixel is lost."""
    if not aspect or aspect == 1:
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
