"""A passage of text as reportlab lays it out: it knows how high it is, where it may be torn, and draws itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from pipelines.reports.typeset.embedding import Fonts
from pipelines.reports.typeset.lines import ASCENT, DESCENT, Ink, Line, Span, broken

FEWEST_LINES = 2  # of a passage at the foot or the head of a page


@dataclass(frozen=True)
class Style:
    """How a passage stands on the page. `before` and `after` are points, `leading` ems from line to line."""

    ink: Ink
    leading: float = 1.42
    before: float = 0.0
    after: float = 0.0
    keep: bool = False  # on one page with what follows
    right: bool = False  # set to the right
    anchored: bool = False  # set to the left also where the text runs to the left, as in a table


class Passage(Flowable):
    """Texts in the style's ink, and spans in inks of their own, one after the other."""

    def __init__(self, fonts: Fonts, style: Style, *texts: str | Span) -> None:
        super().__init__()
        self._fonts, self._style = fonts, style
        self._spans = [text if isinstance(text, Span) else Span(text, style.ink) for text in texts]
        self._lines: list[Line] = []
        self._room = -1.0
        self.keepWithNext = style.keep

    def getSpaceBefore(self) -> float:  # noqa: N802 reportlab's name
        """Room above, points; none at the head of a page."""
        return self._style.before

    def getSpaceAfter(self) -> float:  # noqa: N802 reportlab's name
        """Room below, points."""
        return self._style.after

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        """Width and height, points, in a column `room` wide."""
        if room != self._room:
            self._lines, self._room = broken(self._spans, room), room
        self.width, self.height = room, self._high(self._lines)
        return self.width, self.height

    def split(self, room: float, height: float) -> list[Flowable]:
        """In two, where it does not fit; in none where too little of it would stay alone."""
        self.wrap(room, height)
        fits = sum(self._high(self._lines[: count + 1]) <= height for count in range(len(self._lines)))
        fits = min(fits, len(self._lines) - FEWEST_LINES)
        if fits < FEWEST_LINES:
            return []
        return [self._part(self._lines[:fits]), self._part(self._lines[fits:])]

    def draw(self) -> None:
        """From the top down; a paragraph that runs to the left stands at the right."""
        y = self.height
        for line in self._lines:
            step = self._style.leading * line.size
            foot = y - step + (self._style.leading - ASCENT + DESCENT) / 2 * line.size
            x = (
                self.width - line.width
                if (line.from_right and not self._style.anchored) or self._style.right
                else 0.0
            )
            draw_line(self.canv, self._fonts, line, x, foot)
            y -= step

    def _part(self, lines: list[Line]) -> "Passage":
        part = Passage(self._fonts, self._style)
        part._lines, part._room = lines, self._room
        return part

    def _high(self, lines: Sequence[Line]) -> float:
        return sum(self._style.leading * line.size for line in lines)


def draw_line(canvas: Canvas, fonts: Fonts, line: Line, x: float, y: float) -> None:
    """One line with its left end at (x, y)."""
    for piece in line.pieces:
        canvas.setFillColor(piece.ink.colour)
        fonts.draw(canvas, x + piece.x, y, piece.ink.size, [piece.run])
