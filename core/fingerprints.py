"""The fingerprint of a clip: short hashes of its key frames that stay nearly the same in a copy."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

BYTES = 32  # of one hash: 256 bits
VIEWS = 6  # of one frame: the whole, its middle, and what is left after a strip of each side is cut off


@dataclass(frozen=True)
class Fingerprint:
    """`times` [n] in s, ascending; `hashes` [n, VIEWS, BYTES], the whole frame first. n may be 0: all was blank."""

    times: NDArray[np.float32]
    hashes: NDArray[np.uint8]

    @classmethod
    def of_bytes(cls, times: bytes, hashes: bytes) -> Self:
        """What `to_bytes` made. Raises ValueError where the lengths don't go together."""
        when = np.frombuffer(times, "<f4")
        return cls(when, np.frombuffer(hashes, np.uint8).reshape(len(when), VIEWS, BYTES))

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Times and hashes, to be stored."""
        return self.times.astype("<f4").tobytes(), self.hashes.tobytes()

    def __len__(self) -> int:
        return len(self.times)
