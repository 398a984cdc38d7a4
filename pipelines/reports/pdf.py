"""A report as PDF, for reading and for the archive: set from a dossier alone, the same bytes from the same dossier."""

from collections.abc import Iterator
from io import BytesIO

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate

from pipelines.reports.dossier import Dossier, fingerprint
from pipelines.reports.pages.cover import cover
from pipelines.reports.pages.custody import custody
from pipelines.reports.pages.findings import findings
from pipelines.reports.pages.house import (
    FOOT,
    HEAD,
    MARGIN,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RULE,
    WIDTH,
    Heading,
    House,
)
from pipelines.reports.pages.items import items
from pipelines.reports.pages.method import method
from pipelines.reports.typeset.embedding import Fonts
from pipelines.reports.typeset.lines import Ink, Span, broken, wide
from pipelines.reports.typeset.passage import draw_line
from pipelines.reports.wording import title

RUNNING = Ink(7, MUTED)
rl_config.useA85 = 0  # pictures as they are: to write them in letters takes a quarter more room, and seconds


def as_pdf(dossier: Dossier) -> bytes:
    """Set twice: how many pages there are is known after the first time."""
    pages, _ = _set(dossier, 0)
    return _set(dossier, pages)[1]


def _set(dossier: Dossier, pages: int) -> tuple[int, bytes]:
    """The number of pages, and the PDF with `pages` printed as that number."""
    fonts, written = Fonts(), BytesIO()
    document = _Document(written, dossier, fonts, pages)
    document.build(list(_story(House(fonts), dossier)), canvasmaker=_Canvas)
    return document.page, written.getvalue()


def _story(house: House, dossier: Dossier) -> Iterator[Flowable]:
    yield from cover(house, dossier)
    yield PageBreak()
    yield from items(house, dossier)
    yield from findings(house, dossier)
    yield from method(house, dossier)
    yield from custody(house, dossier)


class _Canvas(Canvas):
    """A canvas that names no font by itself: pages and tables would refer to Helvetica, which is not embedded."""

    def _make_preamble(self) -> None:
        self._preamble = "1 0 0 1 0 0 cm"

    def setFont(self, *_font: object, **_size: object) -> None:  # noqa: N802 reportlab's name
        """A table sets one for each cell; passages bring their own."""


class _Document(BaseDocTemplate):
    """Pages with a running head and foot: outlet and title above, reference, hash and page number below."""

    def __init__(self, target: BytesIO, dossier: Dossier, fonts: Fonts, pages: int) -> None:
        super().__init__(
            target,
            pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
            title=f"{dossier.issue.reference}: {title(dossier)}",
            author=dossier.outlet.name,
            subject="Report on digital media",
            keywords=dossier.issue.reference,  # in clear, for `verify` to find
            creator=f"Telltale {dossier.issue.version}",
            invariant=1,
            lang="en",
        )
        self._dossier, self._fonts, self._pages = dossier, fonts, pages
        self._hash = fingerprint(dossier)
        frame = Frame(
            MARGIN,
            FOOT,
            WIDTH,
            PAGE_HEIGHT - HEAD - FOOT,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._furnish))

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 reportlab's name
        """Headings make the outline that a reader shows beside the pages."""
        if isinstance(flowable, Heading) and flowable.level < 3:
            key = f"heading-{self.seq.nextf('heading')}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.title, key, flowable.level - 1)

    def _furnish(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        issue = self._dossier.issue
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        top, foot = PAGE_HEIGHT - HEAD + 8, FOOT - 8
        if document.page > 1:
            canvas.line(MARGIN, top, PAGE_WIDTH - MARGIN, top)
            self._say(canvas, self._dossier.outlet.name, top + 5, WIDTH * 0.4)
            self._say(canvas, title(self._dossier), top + 5, WIDTH * 0.55, right=True)
        canvas.line(MARGIN, foot, PAGE_WIDTH - MARGIN, foot)
        self._say(canvas, f"{issue.reference} · contents SHA-256 {self._hash}", foot - 11, WIDTH)
        self._say(canvas, f"page {document.page} of {self._pages}", foot - 11, WIDTH, right=True)

    def _say(self, canvas: Canvas, text: str, y: float, room: float, right: bool = False) -> None:
        """One line, cut where it would run into its neighbour."""
        line = broken([Span(_cut(text, room), RUNNING)], PAGE_WIDTH)[0]
        draw_line(canvas, self._fonts, line, PAGE_WIDTH - MARGIN - line.width if right else MARGIN, y)


def _cut(text: str, room: float) -> str:
    if wide([Span(text, RUNNING)]) <= room:
        return text
    while text and wide([Span(f"{text}…", RUNNING)]) > room:
        text = text[:-1]
    return f"{text}…"
