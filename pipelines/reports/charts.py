"""The timeline of a clip as vectors: a lane for each person, the bands shaded, cuts and findings marked.

Times are seconds, scores 0–1. Many people take many pages: a lane is never torn, and each page has its own axis.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from core.detectors.card import Scale
from core.evidence import Evidence, FrameScore, Track
from core.judgement.bands import WORDS
from core.judgement.calibration import probability
from pipelines.reports.pages.house import BAND_COLOURS, DARK, MUTED, RULE
from pipelines.reports.typeset.embedding import Fonts
from pipelines.reports.typeset.lines import Ink, Span, broken, wide
from pipelines.reports.typeset.passage import draw_line

SHADES = {"no_signs": HexColor("#dcebf5"), "inconclusive": HexColor("#fbf1d9"), "signs": HexColor("#f9dfcf")}
LABELS = 88.0  # points, left of the lanes
SCALE = 16.0  # points, right of them: where 0 and 1 are
AXIS = 26.0  # points, below
GAP = 5.0  # between two lanes
MARKS = 7.0  # points above the lanes, for findings
STEPS = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
)  # s between two marks of the axis
MOST_MARKS = 9
PATIENCE = 2.5  # sampling steps without a score, after which the line is broken
SMALL, TINY = Ink(8, DARK, 700), Ink(6.8, MUTED)


@dataclass(frozen=True)
class Bounds:
    """Where the bands begin, as scores."""

    no_signs: float
    signs: float


def bounds(scale: Scale) -> Bounds:
    """Of a detector's scale for clips or stills."""
    low, high = scale.thresholds.no_signs, scale.thresholds.signs
    return Bounds(probability(low, scale.calibration), probability(high, scale.calibration))


class Timeline(Flowable):
    """Score over time. Without `limits` nothing is shaded: the card of the weights is gone."""

    def __init__(
        self, fonts: Fonts, found: Evidence, limits: Bounds | None, tracks: Sequence[Track] | None = None
    ) -> None:
        super().__init__()
        self._fonts, self._found, self._limits = fonts, found, limits
        self._tracks = tuple(found.tracks if tracks is None else tracks)
        self._lane = _lane(len(found.tracks))
        self._duration = found.media.duration or 1.0

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        """Width and height in points."""
        self.width = room
        self.height = MARKS + len(self._tracks) * (self._lane + GAP) + AXIS
        return self.width, self.height

    def split(self, _room: float, height: float) -> list[Flowable]:
        """Whole lanes on this page, the others on the next ones."""
        fits = int((height - MARKS - AXIS) // (self._lane + GAP))
        if fits < min(2, len(self._tracks)):
            return []
        parts = self._tracks[:fits], self._tracks[fits:]
        return [Timeline(self._fonts, self._found, self._limits, part) for part in parts if part]

    def draw(self) -> None:
        """Lanes from the top down, then what goes through all of them."""
        top = self.height - MARKS
        for place, track in enumerate(self._tracks):
            foot = top - (place + 1) * (self._lane + GAP) + GAP
            self._shade(foot)
            self._name(track, foot)
            self._line(track, foot)
        self._cuts(top)
        self._axis()

    def _x(self, time: float) -> float:
        return LABELS + min(1.0, max(0.0, time / self._duration)) * (self.width - LABELS - SCALE)

    def _shade(self, foot: float) -> None:
        canvas, left, wide_ = self.canv, LABELS, self.width - LABELS - SCALE
        for name, low, high in self._zones():
            canvas.setFillColor(SHADES[name])
            canvas.rect(left, foot + low * self._lane, wide_, (high - low) * self._lane, stroke=0, fill=1)
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.rect(left, foot, wide_, self._lane, stroke=1, fill=0)
        for text, height in (("1", self._lane - 5), ("0", 0)):
            self._say(text, TINY, self.width - SCALE + 3, foot + height)

    def _zones(self) -> Iterator[tuple[str, float, float]]:
        if self._limits:
            yield "no_signs", 0.0, self._limits.no_signs
            yield "inconclusive", self._limits.no_signs, self._limits.signs
            yield "signs", self._limits.signs, 1.0

    def _name(self, track: Track, foot: float) -> None:
        middle = foot + self._lane / 2
        self._say(f"Person {track.id}", SMALL, 0, middle + 1)
        self._say(WORDS[track.band], Ink(6.8, BAND_COLOURS[track.band], 700), 0, middle - 8)

    def _line(self, track: Track, foot: float) -> None:
        canvas: Canvas = self.canv
        canvas.setStrokeColor(DARK)
        canvas.setFillColor(DARK)
        canvas.setLineWidth(0.9)
        for stretch in _stretches(track.frames, self._patience()):
            points = [(self._x(frame.time), foot + (frame.score or 0.0) * self._lane) for frame in stretch]
            path = canvas.beginPath()
            path.moveTo(*points[0])
            for point in points[1:]:
                path.lineTo(*point)
            canvas.drawPath(path)
            for x, y in points if len(points) == 1 or len(track.frames) <= 60 else ():
                canvas.circle(x, y, 1.1, stroke=0, fill=1)
        self._unjudged(track, foot)

    def _unjudged(self, track: Track, foot: float) -> None:
        """A short stroke at the foot for each frame whose face was too poor to judge."""
        self.canv.setStrokeColor(MUTED)
        self.canv.setLineWidth(0.5)
        for frame in track.frames:
            if frame.score is None:
                self.canv.line(self._x(frame.time), foot, self._x(frame.time), foot + 3)

    def _patience(self) -> float:
        return PATIENCE * self._duration / max(1, self._found.frames_sampled)

    def _cuts(self, top: float) -> None:
        canvas: Canvas = self.canv
        canvas.saveState()
        canvas.setStrokeColor(MUTED)
        canvas.setLineWidth(0.5)
        canvas.setDash(1, 2)
        for start in self._found.shots[1:]:
            canvas.line(self._x(start), AXIS, self._x(start), top + 2)
        canvas.restoreState()
        canvas.setFillColor(BAND_COLOURS["signs"])
        shown = {track.id for track in self._tracks}
        for finding in self._found.findings:
            if finding.code == "strong_track" and finding.start is not None and finding.track in shown:
                self._diamond(self._x(finding.start), top + 3)

    def _diamond(self, x: float, y: float) -> None:
        path = self.canv.beginPath()
        path.moveTo(x, y + 3)
        for dx, dy in ((3, 0), (0, -3), (-3, 0)):
            path.lineTo(x + dx, y + dy)
        path.close()
        self.canv.drawPath(path, stroke=0, fill=1)

    def _axis(self) -> None:
        canvas: Canvas = self.canv
        canvas.setStrokeColor(MUTED)
        canvas.setLineWidth(0.5)
        step = STEPS[min(bisect_left(STEPS, self._duration / MOST_MARKS), len(STEPS) - 1)]
        for mark in range(int(self._duration / step + 1e-9) + 1):
            x, text = self._x(mark * step), _moment(mark * step, step)
            canvas.line(x, AXIS - 2, x, AXIS + 2)
            self._say(text, TINY, x - wide([Span(text, TINY)]) / 2, AXIS - 11)

    def _say(self, text: str, ink: Ink, x: float, y: float) -> None:
        draw_line(self.canv, self._fonts, broken([Span(text, ink)], 1e6)[0], x, y)


def legend_colours(limits: Bounds | None) -> list[tuple[str, Color]]:
    """What each shade stands for."""
    return [(WORDS[band], SHADES[band]) for band in ("no_signs", "inconclusive", "signs")] if limits else []


def _lane(count: int) -> float:
    """The height of a lane: few people get more of the page."""
    return 54.0 if count <= 4 else 36.0 if count <= 12 else 25.0


def _stretches(frames: Sequence[FrameScore], patience: float) -> Iterator[list[FrameScore]]:
    """Judged frames, apart wherever nothing was judged for longer than `patience` seconds."""
    stretch: list[FrameScore] = []
    for frame in frames:
        if frame.score is None:
            continue
        if stretch and frame.time - stretch[-1].time > patience:
            yield stretch
            stretch = []
        stretch.append(frame)
    if stretch:
        yield stretch


def _moment(seconds: float, step: float) -> str:
    """As an axis writes it: 0:05, 1:30, 0:00.5."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    text = (
        f"{minutes}:{rest // 10:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"
    )
    return f"{text}.{rest % 10}" if step < 1 else text
