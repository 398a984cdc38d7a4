"""Breaking a file: where parsers count, jump and allocate, by a number that gives the same file again."""

import random
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

TELLING = (0, 1, 2, 7, *(2**bits + off for bits in (7, 8, 15, 16, 31, 32, 63, 64) for off in (-1, 0)))
TAG = re.compile(rb"[A-Za-z]{4}|\x1a\x45\xdf\xa3|[\x15-\x1f][\x40-\x7f]{3}|\xff[\xc0-\xfe]")
END = 512  # bytes at either end, where headers and indices are
LONGEST = 1 << 20  # bytes of a broken file
OTHERS = (
    b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n",
    b"<?xml version='1.0'?><MPD/>", b"%PDF-1.7\n", b"PK\x03\x04", b"\x7fELF", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"RIFF\xff\xff\xff\xffAVI ",
    b"\x00\x00\x00\x01moov", b"\x00\x00\x00\x00mdat", b"GIF89a\xff\xff\xff\xff", b"",
)  # fmt: skip

Break = Callable[[bytearray, random.Random, list[bytes]], None]


@dataclass(frozen=True)
class Broken:
    """One broken file, and how it came about."""

    number: int
    content: bytes
    how: str


def broken(seeds: dict[str, bytes], seed: int, number: int) -> Broken:
    """The file with this number; the same for the same seed, seeds and number."""
    dice = random.Random(f"{seed}:{number}")  # noqa: S311  # to repeat, not to hide
    name = dice.choice(sorted(seeds))
    content, steps = bytearray(seeds[name]), []
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5))):
        way = dice.choice(WAYS)
        way(content, dice, list(seeds.values()))
        steps.append(way.__name__.strip("_"))
    if content.startswith(b"\x89PNG") and dice.random() < 0.7:
        content = _with_right_sums(bytes(content))
        steps.append("right sums")
    return Broken(number, bytes(content[:LONGEST]), f"{name}: {', '.join(steps)}")


def broken_text(text: str, dice: random.Random) -> bytes:
    """A table or a name, broken."""
    content = bytearray(text.encode())
    for _ in range(dice.randint(1, 4)):
        dice.choice((_bits, _cut, _doubled, _noise, _gone, _odd_letters))(content, dice, [])
    return bytes(content)


def _place(content: bytearray, dice: random.Random) -> int:
    """Somewhere, more often near either end."""
    last = max(0, len(content) - 1)
    where = dice.random()
    if where < 0.4:
        return dice.randint(0, min(last, END))
    return dice.randint(max(0, last - END), last) if where < 0.6 else dice.randint(0, last)


def _bits(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    for _ in range(dice.choice((1, 2, 8, 64))):
        if content:
            content[_place(content, dice)] ^= 1 << dice.randrange(8)


def _number(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    _put_number(content, _place(content, dice), dice)


def _length(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    """Beside the name of a box or a chunk stands its length: before it in MP4 and PNG, behind it elsewhere."""
    tags = [match.start() for match in TAG.finditer(content)]
    if tags:
        _put_number(content, dice.choice(tags) + dice.choice((-4, 2, 4)), dice)


def _put_number(content: bytearray, at: int, dice: random.Random) -> None:
    size = dice.choice((1, 2, 4, 8))
    value = dice.choice((*TELLING, len(content), dice.getrandbits(64))) & (2 ** (8 * size) - 1)
    at = max(0, min(at, len(content)))
    content[at : at + size] = value.to_bytes(size, dice.choice(("big", "little")))


def _tag(content: bytearray, dice: random.Random, others: list[bytes]) -> None:
    """The name of a box becomes that of another, perhaps of another kind of file."""
    here, there = list(TAG.finditer(content)), list(TAG.finditer(dice.choice(others)))
    if here and there:
        place = dice.choice(here).start()
        name = dice.choice(there).group()
        content[place : place + len(name)] = name


def _cut(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    del content[_place(content, dice) :]


def _gone(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    at = _place(content, dice)
    del content[at : at + dice.choice((1, 4, 16, 256, 4096))]


def _doubled(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    at = _place(content, dice)
    part = content[at : at + dice.choice((4, 16, 64, 1024))]
    content[at:at] = part * dice.choice((1, 2, 16, 256))


def _noise(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    at = _place(content, dice)
    content[at:at] = dice.randbytes(dice.choice((1, 8, 64, 1024)))


def _spliced(content: bytearray, dice: random.Random, others: list[bytes]) -> None:
    other = dice.choice(others)
    content[_place(content, dice) :] = other[dice.randint(0, len(other)) :]


def _other_kind(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    head = dice.choice(OTHERS)
    content[0 : dice.choice((0, len(head)))] = head


def _odd_letters(content: bytearray, dice: random.Random, _others: list[bytes]) -> None:
    at = _place(content, dice)
    odd = ("\u202e", "\x00", "\n", "../", "\\", "\ufeff", "=cmd|' /C calc'!A0", "🎬" * 99, '"', ",", "\r", "A" * 9999)
    content[at:at] = dice.choice(odd).encode()


def _with_right_sums(png: bytes) -> bytearray:
    """A PNG whose chunks have the right check sums, so that what is broken is read."""
    made, at = bytearray(png[:8]), 8
    while at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        body = png[at + 4 : at + 8 + length]
        made += png[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return made


WAYS: tuple[Break, ...] = (
    _bits, _number, _number, _length, _length, _length, _tag, _cut, _gone, _doubled, _noise, _spliced, _other_kind,
)  # fmt: skip
