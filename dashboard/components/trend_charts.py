"""How the work went over the months: how many and which bands, and how often machine and people agree."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evidence import Band
from core.judgement.bands import WORDS
from db.trends import Month

# Okabe and Ito, told apart by colour-blind readers, and by pattern where there is no colour. Never green.
COLOURS: dict[Band, str] = {
    "signs": "#d55e00",
    "inconclusive": "#e69f00",
    "no_signs": "#3a92cc",
    "too_poor": "#7b8794",
    "no_face": "#b4bcc6",
}
PATTERNS: dict[Band, str] = {"signs": "", "inconclusive": "/", "no_signs": "", "too_poor": ".", "no_face": ""}
LINE = "#8a6fe8"  # people's own colour, as verdicts have it
FEW = 5  # files where both decide; a share of fewer says nothing


def bands_chart(months: Sequence[Month]) -> go.Figure:
    """Analyses of each month, by band."""
    found = [band for band in WORDS if any(month.bands[band] for month in months)]
    figure = _laid_out(go.Figure([_bars(months, band) for band in found]), "analyses")
    figure.update_layout(barmode="stack", bargap=0.15, legend_traceorder="normal", showlegend=True)
    return figure


def telling(months: Sequence[Month]) -> list[Month]:
    """Those with enough files where both decide."""
    return [month for month in months if _decided(month) >= FEW]


def agreement_chart(told: Sequence[Month]) -> go.Figure:
    """Of the files where both decide, the share on which machine and person agree, in months that are `telling`."""
    figure = go.Figure(
        go.Scatter(
            x=[month.begins for month in told],
            y=[month.agreeing for month in told],
            customdata=[[month.agreement["agree"], _decided(month)] for month in told],
            mode="lines+markers",
            line={"color": LINE, "width": 2},
            name="Agree",
            hovertemplate="%{x|%b %Y}: agree on %{customdata[0]} of %{customdata[1]} (%{y:.0%})<extra></extra>",
        )
    )
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%")
    return _laid_out(figure, "share that agrees")


def _bars(months: Sequence[Month], band: Band) -> go.Bar:
    return go.Bar(
        x=[month.begins for month in months],
        y=[month.bands[band] for month in months],
        name=WORDS[band],
        marker={"color": COLOURS[band], "pattern": {"shape": PATTERNS[band], "solidity": 0.25}, "line": {"width": 0}},
        hovertemplate="%{x|%b %Y}: %{y} " + WORDS[band].lower() + "<extra></extra>",
    )


def _decided(month: Month) -> int:
    return month.agreement["agree"] + month.agreement["differ"]


def _laid_out(figure: go.Figure, what: str) -> go.Figure:
    figure.update_xaxes(tickformat="%b %Y", zeroline=False)
    figure.update_yaxes(title=what, zeroline=False, rangemode="tozero")
    figure.update_layout(
        height=280,
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "x": 0},
    )
    return figure
