"""From characters to glyphs: HarfBuzz for the forms, the Unicode bidirectional algorithm for the order."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import uharfbuzz as hb
from bidi import algorithm

from pipelines.reports.typeset.faces import Face, faces_for

LEFT_TO_RIGHT, RIGHT_TO_LEFT = 0, 1  # base levels of a paragraph
ISOLATES = "\u2068\u2069"  # first strong isolate, and its end
ISOLATE = re.compile("\u2068[^\u2068\u2069\n]*\u2069")
PARTS = re.compile(f"({ISOLATE.pattern})")
UNSEEN = str.maketrans("", "", ISOLATES)


@dataclass(frozen=True)
class Glyph:
    """One form on the page. Lengths are in ems."""

    number: int  # in its font
    text: str  # the characters that it stands for; empty for the further forms of the same characters
    advance: float
    natural: float  # advance of the form when it stands alone
    dx: float
    dy: float


@dataclass(frozen=True)
class Run:
    """Glyphs of one face, from left to right as they stand on the page."""

    face: Face
    glyphs: tuple[Glyph, ...]

    @property
    def width(self) -> float:
        """In ems."""
        return sum(glyph.advance for glyph in self.glyphs)


def base_level(text: str) -> int:
    """Whether a paragraph runs from the left or from the right: as its first letter outside of isolates does."""
    outside = ISOLATE.sub("", text)
    return int(algorithm.get_base_level(outside if outside.strip() else text))


def levels(text: str, base: int) -> list[int]:
    """The embedding level of each character: even ones run to the right, odd ones to the left (UAX #9).

    What stands in an isolate has a direction of its own, and does not mix with what is around it.
    """
    if base == LEFT_TO_RIGHT and text.isascii():
        return [LEFT_TO_RIGHT] * len(text)
    outer = iter(_levels(ISOLATE.sub("\ufffc", text), base))
    whole: list[int] = []
    for part in PARTS.split(text):
        if not ISOLATE.fullmatch(part):
            whole += [next(outer) for _ in part]
            continue
        around, own = next(outer), base_level(part[1:-1])
        inside = around + 1 + (around + 1 - own) % 2  # the next level that runs as the isolate does
        whole += [around, *(level - own + inside for level in levels(part[1:-1], own)), around]
    return whole


def _levels(text: str, base: int) -> list[int]:
    """Of a text without isolates."""
    joiners = [unicodedata.bidirectional(character) == "BN" for character in text]
    # What no version of Unicode has assigned yet has no direction: it is a neutral sign.
    known = (character if unicodedata.bidirectional(character) else "\ufffc" for character in text)
    found = iter(_resolved("".join(c for c, joins in zip(known, joiners, strict=True) if not joins), base))
    level, whole = base, []
    for joins in joiners:  # rule X9: they have no level of their own
        level = level if joins else next(found)
        whole.append(level)
    return whole


def _resolved(text: str, base: int) -> list[int]:
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    return [character["level"] for character in storage["chars"]]


def in_order(found: Sequence[int]) -> list[int]:
    """The order on the page of parts with these levels, as their places in the text (rule L2)."""
    order = list(range(len(found)))
    for level in range(max(found, default=0), 0, -1):
        start = 0
        for high, group in groupby([found[place] >= level for place in order]):
            end = start + len(list(group))
            if high:
                order[start:end] = order[start:end][::-1]
            start = end
    return order


def runs(text: str, weight: int, level: int = LEFT_TO_RIGHT) -> list[Run]:
    """Text of one level as glyphs; the runs in the order of the text, for `in_order` to place."""
    faces = zip(faces_for(text), text, strict=True)
    return [
        _shaped(Face(name, weight), "".join(character for _, character in part), level % 2)
        for name, part in groupby(faces, key=lambda pair: pair[0])
    ]


@lru_cache(maxsize=20_000)
def width(text: str, weight: int) -> float:
    """How wide a text is in ems, whatever its direction."""
    seen = text.translate(UNSEEN)
    return sum(run.width for run in runs(seen, weight, base_level(seen)))


@lru_cache(maxsize=20_000)
def _shaped(face: Face, text: str, direction: int) -> Run:
    buffer = hb.Buffer()
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = ("ltr", "rtl")[direction]
    hb.shape(face.font, buffer, {"liga": False, "kern": True})
    return Run(face, _glyphs(face, text, buffer))


def _glyphs(face: Face, text: str, buffer: hb.Buffer) -> tuple[Glyph, ...]:
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    speaks = _speakers(buffer)
    return tuple(
        Glyph(
            number=info.codepoint,
            text=text[info.cluster : ends[info.cluster]] if place in speaks else "",
            advance=position.x_advance / face.upem,
            natural=face.font.get_glyph_h_advance(info.codepoint) / face.upem,
            dx=position.x_offset / face.upem,
            dy=position.y_offset / face.upem,
        )
        for place, (info, position) in enumerate(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
    )


def _speakers(buffer: hb.Buffer) -> set[int]:
    """Of the forms that stand for the same characters, the place of the widest: a letter before its marks."""
    widest: dict[int, tuple[int, int]] = {}
    for place, (info, position) in enumerate(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)):
        if info.cluster not in widest or position.x_advance > widest[info.cluster][0]:
            widest[info.cluster] = position.x_advance, place
    return {place for _, place in widest.values()}
