"""How reports look: inks, styles, headings, tables and lists, in one place."""

from collections.abc import Sequence
from dataclasses import replace

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, KeepTogether, Table

from core.evidence import Band
from pipelines.reports.typeset.embedding import Fonts
from pipelines.reports.typeset.lines import Ink, Span
from pipelines.reports.typeset.passage import Passage, Style
from pipelines.reports.typeset.shaping import UNSEEN

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 20 * mm
HEAD, FOOT = 24 * mm, 24 * mm  # what stands above and below the text
WIDTH = PAGE_WIDTH - 2 * MARGIN

DARK, MUTED, RULE, PALE, ACCENT = map(HexColor, ("#1b242e", "#55606c", "#c6cdd5", "#f3f5f7", "#1f3a5f"))
# Never green for “no signs”; told apart by colour-blind readers, and never without their words.
BAND_COLOURS: dict[Band, Color] = {
    "signs": HexColor("#b84700"),
    "inconclusive": HexColor("#8a5a00"),
    "no_signs": HexColor("#00619c"),
    "too_poor": MUTED,
    "no_face": MUTED,
}
BODY = Style(Ink(9.5, DARK), after=4)
QUIET = Style(Ink(8, MUTED), after=3)
LABEL = Style(Ink(7.5, MUTED, 700), before=10, after=1.5, leading=1.3)
CELL = Style(Ink(8.3, DARK), leading=1.32, anchored=True)
CELL_HEAD = Style(Ink(7.6, MUTED, 700), leading=1.3)
TITLE = Style(Ink(22, DARK, 700), leading=1.22, after=6)
STATEMENT = Style(Ink(12.5, DARK), leading=1.4, after=4)
HEADINGS = {
    1: Style(Ink(15, ACCENT, 700), leading=1.3, before=16, after=6, anchored=True),
    2: Style(Ink(11.5, DARK, 700), leading=1.3, before=12, after=4, anchored=True),
    3: Style(Ink(9.5, DARK, 700), leading=1.35, before=8, after=2),
}
NAMES = 34 * mm  # the column of names beside facts
ROOM_UNDER = {
    1: 45 * mm,
    2: 35 * mm,
    3: 24 * mm,
}  # a heading with less than this below it goes to the next page


class Heading(Passage):
    """A heading that also stands in the PDF's outline."""

    def __init__(self, fonts: Fonts, level: int, text: str) -> None:
        super().__init__(fonts, HEADINGS[level], text)
        self.level, self.title = level, text.translate(UNSEEN)


class House:
    """Makes what pages are built of, all in the fonts of one document."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts

    def text(self, style: Style, *texts: str | Span) -> Passage:
        """A passage."""
        return Passage(self.fonts, style, *texts)

    def heading(self, level: int, text: str, room: float | None = None) -> list[Flowable]:
        """A heading, on a page with at least `room` points under it."""
        return [CondPageBreak(ROOM_UNDER[level] if room is None else room), Heading(self.fonts, level, text)]

    def part(self, name: str) -> list[Flowable]:
        """The head of a part that stands on its own: machine, people and editor are never run together."""
        rule = HRFlowable(WIDTH, 0.8, color=MUTED, spaceBefore=8, spaceAfter=3)
        return [CondPageBreak(ROOM_UNDER[3]), rule, self.text(replace(LABEL, before=0), name)]

    def bullets(self, texts: Sequence[str], style: Style = BODY) -> list[Flowable]:
        """A list."""
        return [
            self.columns([(12, self.text(style, "•")), (WIDTH - 12, self.text(style, text))])
            for text in texts
        ]

    def facts(self, rows: Sequence[tuple[str, str | Passage]], heading: str = "", level: int = 2) -> Flowable:
        """Names on the left, values on the right; they stay on one page with their heading, if they fit."""
        cells = [
            [self.text(CELL_HEAD, name), value if isinstance(value, Passage) else self.text(CELL, value)]
            for name, value in rows
        ]
        table = self._table(cells, [NAMES, WIDTH - NAMES], heads=0)
        head = [Heading(self.fonts, level, heading)] if heading else []
        return KeepTogether([*head, table])

    def table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str | Flowable]],
        widths: Sequence[float],
        numbers: Sequence[int] = (),
    ) -> Table:
        """A table whose head stands on every page that it reaches; the columns `numbers` are set to the right."""
        scale = WIDTH / sum(widths)
        head = [
            self.text(replace(CELL_HEAD, right=place in numbers), text) for place, text in enumerate(heads)
        ]
        cells = [[self._cell(cell, place in numbers) for place, cell in enumerate(row)] for row in rows]
        return self._table([head, *cells], [width * scale for width in widths], heads=1)

    def columns(self, parts: Sequence[tuple[float, Flowable | list[Flowable]]]) -> Table:
        """Side by side, without rules; each with its width in points."""
        bare = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "TOP")]  # fmt: skip
        return Table([[part for _, part in parts]], [width for width, _ in parts], style=bare, hAlign="LEFT")

    def _cell(self, cell: str | Flowable, right: bool) -> Flowable:
        return self.text(replace(CELL, right=right), cell) if isinstance(cell, str) else cell

    def _table(self, cells: list[list[Flowable]], widths: list[float], heads: int) -> Table:
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (-1, -1), 5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("LINEABOVE", (0, 0), (-1, 0), 0.4, RULE),
        ]
        if heads:
            style.append(("LINEBELOW", (0, 0), (-1, 0), 0.8, MUTED))
        return Table(cells, widths, style=style, repeatRows=heads, hAlign="LEFT", spaceAfter=6)


def bold(text: str, style: Style = BODY) -> Span:
    """A part of a passage that stands out."""
    return Span(text, replace(style.ink, weight=700))


def band_words(words: str, band: Band, style: Style = CELL) -> Span:
    """The words of a band, in its colour."""
    return Span(words, replace(style.ink, colour=BAND_COLOURS[band], weight=700))
