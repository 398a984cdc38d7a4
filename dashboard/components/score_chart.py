"""Score over time, a line for each person, over the bands."""

from collections.abc import Sequence
from itertools import cycle

import plotly.graph_objects as go

from core.evidence import Evidence, FrameScore, Track
from core.units import clock

ZONES = {
    "no_signs": "rgba(0,114,178,0.10)",
    "inconclusive": "rgba(230,159,0,0.12)",
    "signs": "rgba(213,94,0,0.14)",
}
# Legible on light and dark, and none of them the colour of a band.
PEOPLE = ("#8a6fe8", "#cc4b8c", "#a07a2c", "#0f8f8f", "#6f8296", "#b06ac0")
PATIENCE = 2.5  # sampling steps without a score, after which the line is broken


def score_chart(found: Evidence, thresholds: dict[str, float | None]) -> go.Figure:
    """Frame scores, 0–1, over presentation time, s. Faces that were too poor to judge leave a gap."""
    step = (found.media.duration or 0.0) / max(1, found.frames_sampled)
    colours = cycle(PEOPLE)
    figure = go.Figure([_line(track, PATIENCE * step, next(colours)) for track in found.tracks])
    _shade(figure, thresholds)
    for start in found.shots[1:]:
        figure.add_vline(start, line={"dash": "dot", "width": 1, "color": "rgba(128,136,146,0.7)"})
    figure.update_xaxes(title="time, s", range=[0, found.media.duration], zeroline=False)
    figure.update_yaxes(title="score of one frame", range=[-0.02, 1.02], tickformat=".1f", zeroline=False)
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.12},
        hovermode="closest",
        clickmode="event+select",
    )
    return figure


def _line(track: Track, gap: float, colour: str) -> go.Scatter:
    frames = list(_broken(track.frames, gap))
    return go.Scatter(
        x=[frame.time if frame else None for frame in frames],
        y=[frame.score if frame else None for frame in frames],
        customdata=[[track.id, clock(frame.time)] if frame else None for frame in frames],
        name=f"Person {track.id}",
        mode="lines+markers",
        marker={"size": 5},
        line={"width": 1.5, "color": colour},
        hovertemplate="person %{customdata[0]} · %{customdata[1]} · score %{y:.2f}<extra></extra>",
    )


def _broken(frames: Sequence[FrameScore], gap: float) -> list[FrameScore | None]:
    """Frames with a break wherever nothing was scored for longer than `gap`."""
    line: list[FrameScore | None] = []
    last: FrameScore | None = None
    for frame in (one for one in frames if one.score is not None):
        if last and frame.time - last.time > gap:
            line.append(None)
        line.append(frame)
        last = frame
    return line


def _shade(figure: go.Figure, thresholds: dict[str, float | None]) -> None:
    low, high = thresholds["no_signs"], thresholds["signs"]
    if low is None or high is None:
        return
    for name, bottom, top in (("no_signs", 0, low), ("inconclusive", low, high), ("signs", high, 1)):
        figure.add_hrect(bottom, top, fillcolor=ZONES[name], line_width=0, layer="below")
