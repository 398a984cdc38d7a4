"""How a detector behaves, as curves of what its card keeps; one version, or two on the same axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.detectors.card import Card
from pipelines.error_rates import SETS, SPLITS

COLOURS = ("#3a92cc", "#d55e00")
DASHES = ("solid", "dash")
GUIDE = {"color": "#98a2af", "width": 1, "dash": "dot"}
NONE = "This card keeps no curves: it was made before they were kept."
TOLD = {
    "roc": ("Found, against false alarms", "Up and to the left is better; the dotted line is a coin."),
    "risk_coverage": ("Wrong answers, against answers given", "Lower is better: the surest answers come first."),
    "calibration": ("Does 0.8 mean 8 in 10?", "On the dotted line it does. Bigger dots stand for more files."),
}

Curves = Mapping[str, Any]


def model_curves(cards: Sequence[Card]) -> None:
    """The three charts of one or two cards, on a set that both were measured on."""
    shared = [place for place in _places(cards[0]) if all(_curves(card, place) for card in cards)]
    if not shared:
        st.caption(NONE if len(cards) == 1 else "These two cards keep no curves of the same set.")
        return
    place = st.selectbox("Measured on", shared, format_func=lambda one: _named(cards[0], one), key="curves-of")
    found = {f"{card.name} {card.version}": _curves(card, place) for card in cards}
    for column, (chart, (title, help_text)) in zip(st.columns(3), TOLD.items(), strict=True):
        with column:
            st.markdown(f"###### {title}")
            figure = CHARTS[chart]({name: curves[chart] for name, curves in found.items() if curves})
            st.plotly_chart(figure, config={"displayModeBar": False}, alt=title, key=f"curve-{chart}")
            st.caption(help_text)


def roc_chart(found: Mapping[str, Curves]) -> go.Figure:
    """Share of fakes found over the share of genuine files flagged."""
    lines = [
        _line(name, number, curve["false_alarms"], curve["hits"], "%{y:.0%} found at %{x:.0%} false alarms")
        for number, (name, curve) in enumerate(found.items())
    ]
    return _laid_out(go.Figure([_diagonal(), *lines]), "genuine files flagged", "fakes found")


def risk_chart(found: Mapping[str, Curves]) -> go.Figure:
    """Share of wrong answers over the share of files that are answered at all."""
    lines = [
        _line(name, number, curve["coverage"], curve["risk"], "%{y:.0%} wrong among the surest %{x:.0%}")
        for number, (name, curve) in enumerate(found.items())
    ]
    figure = _laid_out(go.Figure(lines), "files answered", "wrong answers")
    highest = max(max(curve["risk"]) for curve in found.values())
    return figure.update_yaxes(range=[0, max(0.1, highest * 1.1)])


def calibration_chart(found: Mapping[str, Curves]) -> go.Figure:
    """Share of fakes among files of about the same score."""
    dots = [
        _line(name, number, curve["score"], curve["fakes"], "%{x:.2f}: %{y:.0%} of %{customdata} are fake").update(
            mode="lines+markers", cliponaxis=False, customdata=curve["n"], marker={"size": _sizes(curve["n"])}
        )
        for number, (name, curve) in enumerate(found.items())
    ]
    return _laid_out(go.Figure([_diagonal(), *dots]), "score", "share of fakes")


CHARTS = {"roc": roc_chart, "risk_coverage": risk_chart, "calibration": calibration_chart}


def _places(card: Card) -> list[tuple[str, str]]:
    """Splits and sets that the card has figures of. Of each set the largest split is first: a few files draw stairs."""
    places = [(split, name) for split in SPLITS for name in card.figures.get(split, {})]
    sets = list(dict.fromkeys(name for _, name in places))
    return sorted(places, key=lambda place: (sets.index(place[1]), -_files(card, place)))


def _named(card: Card, place: tuple[str, str]) -> str:
    split, name = place
    return f"{SETS.get(name, name)} · {SPLITS[split]} · {_files(card, place):,} files"


def _files(card: Card, place: tuple[str, str]) -> int:
    overall = card.figures[place[0]][place[1]]["overall"]
    return int(overall["n_real"] + overall["n_fake"])


def _curves(card: Card, place: tuple[str, str]) -> Curves | None:
    curves: Curves | None = card.figures.get(place[0], {}).get(place[1], {}).get("curves")
    return curves


def _sizes(counts: Sequence[int]) -> list[float]:
    most = max(counts)
    return [6 + 10 * (count / most) ** 0.5 for count in counts]


def _line(name: str, number: int, x: Any, y: Any, told: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="lines",
        line={"color": COLOURS[number], "dash": DASHES[number], "width": 2},
        hovertemplate=f"{told}<extra>{name}</extra>",
    )


def _diagonal() -> go.Scatter:
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=GUIDE, hoverinfo="skip", showlegend=False)


def _laid_out(figure: go.Figure, across: str, up: str) -> go.Figure:
    figure.update_xaxes(title=across, range=[0, 1.02], zeroline=False)
    figure.update_yaxes(title=up, range=[0, 1.02], zeroline=False)
    return figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        showlegend=sum(trace.name is not None for trace in figure.data) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
