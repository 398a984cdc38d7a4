"""The curves of a run: what both sides lose, and how far the samples are from real pictures."""

import pandas as pd
import plotly.graph_objects as go

# Told apart by colour-blind readers, on light and dark; none of them the colour of a band.
COLOURS = ("#8a6fe8", "#0f8f8f", "#cc4b8c", "#a07a2c", "#6f8296")
LOSS = "loss/"
SMOOTH = 5  # lines of the journal under one point


def losses_chart(table: pd.DataFrame) -> go.Figure:
    """Losses by step, a little smoothed."""
    names = [name for name in table.columns if name.startswith(LOSS)]
    lines = {name.removeprefix(LOSS).replace("_", " "): table[name].dropna() for name in names}
    return _chart({name: line.rolling(SMOOTH, min_periods=1).mean() for name, line in lines.items()}, "loss")


def quality_chart(looks: pd.DataFrame) -> go.Figure:
    """KID × 1000 by step: lower is nearer to real pictures."""
    figure = _chart({"KID × 1000": looks["kid"] * 1000}, "KID × 1000", mode="lines+markers")
    figure.update_yaxes(rangemode="tozero")
    return figure


def diversity_chart(looks: pd.DataFrame) -> go.Figure:
    """How varied the samples are, beside real pictures: 1 as varied, 0 all alike."""
    figure = _chart({"diversity": looks["diversity"]}, "diversity", mode="lines+markers")
    figure.add_hline(1, line={"dash": "dot", "width": 1, "color": "rgba(128,136,146,0.7)"})
    figure.update_yaxes(range=[0, 1.2])
    return figure


def _chart(lines: dict[str, "pd.Series[float]"], what: str, mode: str = "lines") -> go.Figure:
    figure = go.Figure()
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        figure.add_scatter(
            x=line.index, y=line, name=name, mode=mode, line={"width": 1.5, "color": colour},
            hovertemplate=f"step %{{x}}: {name} %{{y:.2f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="step", zeroline=False)
    figure.update_yaxes(title=what, zeroline=False)
    figure.update_layout(
        height=220, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=len(lines) > 1,
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure
