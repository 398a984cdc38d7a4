"""Where lines break, and how each is laid: words fill the width in the order of the text, then take their order on
the page."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from reportlab.lib.colors import Color

from pipelines.reports.typeset.shaping import (
    ISOLATE,
    ISOLATES,
    LEFT_TO_RIGHT,
    PARTS,
    Run,
    base_level,
    in_order,
    levels,
    runs,
    width,
)

ASCENT, DESCENT = 1.069, 0.293  # of Noto Sans, ems: what a line needs above and below its foot
SMALLEST_PART = 1e-6  # points; sums of floats are not exact
CLOSING = "、。，．：；？！）」』】〕〉》’”)]}%"  # may not begin a line
BREAKS_AFTER = re.compile(r"(?<=[-–—/\\_&=])(?=\w)")
KEPT_CONTROLS = "\u200c\u200d"  # joiners that Persian, Indic scripts and emoji need


@dataclass(frozen=True)
class Ink:
    """How text looks. Sizes are in points."""

    size: float
    colour: Color
    weight: int = 400


@dataclass(frozen=True)
class Span:
    """Text in one ink. It may come from strangers: nothing in it is markup."""

    text: str
    ink: Ink


@dataclass(frozen=True)
class Piece:
    """A run with its place in the line, points from the line's left end."""

    x: float
    run: Run
    ink: Ink


@dataclass(frozen=True)
class Line:
    """One line: `pieces` in the order in which they are written, which is the order of reading."""

    pieces: tuple[Piece, ...]
    width: float
    size: float  # of its largest ink; of the paragraph's where the line is empty
    from_right: bool


def clean(text: str) -> str:
    """A text in which what can't be seen is seen: a hidden turn of direction makes a file look like another one."""
    parts = PARTS.split(unicodedata.normalize("NFC", text))
    return "".join(_isolate(part) if ISOLATE.fullmatch(part) else _seen(part) for part in parts)


def broken(spans: Sequence[Span], room: float) -> list[Line]:
    """The lines of a text that fit into `room` points; a new line of the text begins a paragraph of its own."""
    return [line for paragraph in _paragraphs(spans) for line in _filled(paragraph, room)]


def wide(spans: Sequence[Span]) -> float:
    """The width of a text that is not broken, in points."""
    return sum(width(span.text, span.ink.weight) * span.ink.size for span in spans)


def _isolate(part: str) -> str:
    return f"{ISOLATES[0]}{_seen(part[1:-1])}{ISOLATES[1]}"


def _seen(part: str) -> str:
    return "".join(map(_visible, part))


def _visible(character: str) -> str:
    if character == "\n":
        return character
    if character.isspace():
        return " "
    hidden = (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        and character not in KEPT_CONTROLS
    )
    return f"⟨U+{ord(character):04X}⟩" if hidden else character


def _paragraphs(spans: Sequence[Span]) -> Iterator[list[Span]]:
    paragraph: list[Span] = []
    for span in spans:
        first, *others = clean(span.text).split("\n")
        paragraph.append(Span(first, span.ink))
        for other in others:
            yield paragraph
            paragraph = [Span(other, span.ink)]
    yield paragraph


def _filled(spans: Sequence[Span], room: float) -> Iterator[Line]:
    """Greedy: as many words to a line as fit."""
    setting = _Setting(spans)
    line: list[Span] = []
    filled = 0.0
    for word in _words(spans):
        for part in _fitting(word, room):
            if line and filled + wide(_trimmed(part)) > room + SMALLEST_PART:
                yield setting.line(line)
                line, filled = [], 0.0
            line += part
            filled += wide(part)
    yield setting.line(line)


def _words(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """What may not be broken, with the space behind it; a word may change its ink inside."""
    word: list[Span] = []
    for span in spans:
        for part in _parts(span.text):
            if word and _may_break(word[-1].text, part):
                yield word
                word = []
            word.append(Span(part, span.ink))
    if word:
        yield word


@lru_cache(maxsize=20_000)
def _parts(text: str) -> tuple[str, ...]:
    """A text between all places where it may break."""
    spaced = re.findall(r"[^ ]* *", text)
    pieces = [piece for part in spaced if part for piece in BREAKS_AFTER.split(part)]
    return tuple(cut for piece in pieces for cut in _east_asian(piece))


def _east_asian(text: str) -> list[str]:
    """Chinese and Japanese break between any two characters, except before a closing sign."""
    cuts: list[str] = []
    for character in text:
        if (cuts and not (_is_wide(character) or _is_wide(cuts[-1][-1]))) or (
            cuts and character in CLOSING + " "
        ):
            cuts[-1] += character
        else:
            cuts.append(character)
    return cuts


def _is_wide(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uff00" <= character <= "\uff60" or character >= "\U00020000"


def _may_break(before: str, after: str) -> bool:
    if after[0] in CLOSING + " ":
        return False
    return before[-1] == " " or before[-1] in "-–—/\\_&=" or _is_wide(before[-1]) or _is_wide(after[0])


def _fitting(word: list[Span], room: float) -> Iterator[list[Span]]:
    """A word in parts that fit into a line of their own: a hash or a long name has no place to break."""
    if wide(_trimmed(word)) <= room + SMALLEST_PART:
        yield word
        return
    part: list[Span] = []
    for span in word:
        for cluster in _clusters(span.text):
            if part and wide([*part, Span(cluster, span.ink)]) > room:
                yield part
                part = []
            grown = part and part[-1].ink == span.ink
            part = (
                [*part[:-1], Span(part[-1].text + cluster, span.ink)]
                if grown
                else [*part, Span(cluster, span.ink)]
            )
    yield part


def _clusters(text: str) -> list[str]:
    """Characters with the marks that belong to them."""
    found: list[str] = []
    for character in text:
        belongs = unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")
        if found and (belongs or found[-1].endswith("\u200d")):
            found[-1] += character
        else:
            found.append(character)
    return found


def _trimmed(spans: list[Span]) -> list[Span]:
    """Without the space at the end."""
    if not spans or not spans[-1].text.endswith(" "):
        return spans
    kept = spans[-1].text.rstrip(" ")
    return [*spans[:-1], Span(kept, spans[-1].ink)] if kept else _trimmed(spans[:-1])


class _Setting:
    """Lays the lines of one paragraph, one after the other: directions are those of the whole paragraph."""

    def __init__(self, paragraph: Sequence[Span]) -> None:
        text = "".join(span.text for span in paragraph)
        self._base = base_level(text)
        self._levels = levels(text, self._base)
        self._size = max(span.ink.size for span in paragraph)
        self._at = 0

    def line(self, spans: list[Span]) -> Line:
        """The next line; the space at its end is not set."""
        begins = self._at
        self._at += sum(len(span.text) for span in spans)
        kept = [(character, span.ink) for span in _trimmed(spans) for character in span.text]
        marked = [
            (level, ink, character)
            for level, (character, ink) in zip(self._levels[begins:], kept, strict=False)
            if character not in ISOLATES
        ]
        return _laid(marked, max((span.ink.size for span in spans), default=self._size), self._base)


def _laid(marked: Sequence[tuple[int, Ink, str]], size: float, base: int) -> Line:
    parts = [
        (level, run, ink)
        for (level, ink), part in groupby(marked, key=lambda mark: mark[:2])
        for run in runs("".join(character for _, _, character in part), ink.weight, level)
    ]
    found = [level for level, _, _ in parts]
    pieces = [Piece(0.0, run, ink) for _, run, ink in parts]
    x = 0.0
    for place in in_order(found):
        pieces[place] = Piece(x, pieces[place].run, pieces[place].ink)
        x += pieces[place].run.width * pieces[place].ink.size
    return Line(tuple(_as_read(found, pieces)), x, size, base != LEFT_TO_RIGHT)


def _as_read(found: Sequence[int], pieces: Sequence[Piece]) -> Iterator[Piece]:
    """In the order of the text, but what runs to the left from left to right: so do readers of a PDF expect it."""
    pairs = zip(found, pieces, strict=True)
    for to_the_left, stretch in groupby(pairs, key=lambda pair: pair[0] % 2 == 1):
        ordered = [piece for _, piece in stretch]
        yield from reversed(ordered) if to_the_left else ordered
