"""The boxes of MP4 and MOV files that FFmpeg passes over: XMP in a `uuid` box or under `udta`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
LARGEST = 4 << 20  # bytes of a packet
MOST_BOXES = 10_000
DEEPER = frozenset({b"moov", b"udta"})


def xmp_packets(path: Path) -> Iterator[bytes]:
    """Every XMP packet, in the order of the file; a torn end stops it."""
    with path.open("rb") as file:
        yield from _within(file, 0, path.stat().st_size, MOST_BOXES)


def _within(file: BinaryIO, start: int, end: int, most: int) -> Iterator[bytes]:
    for _ in range(most):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        size, kind, skip = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1 and len(head) == 16:
            size, skip = int.from_bytes(head[8:], "big"), 16
        size = size or end - start
        if size < skip or start + size > end:
            return
        yield from _packet(file, kind, start + skip, start + size)
        start += size


def _packet(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    if kind == b"uuid" and end - start < LARGEST and file.read(16) == XMP_UUID:
        yield file.read(end - start - 16)
    elif kind == b"XMP_" and end - start < LARGEST:
        yield file.read(end - start)
    elif kind in DEEPER:
        yield from _within(file, start, end, MOST_BOXES)
