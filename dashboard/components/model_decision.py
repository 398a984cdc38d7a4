"""What the gate decided about a candidate: in words, as a picture, and with every figure that it rests on."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.judgement.comparison import WORDS, Compared, Figure, Finding
from dashboard.components.model_files import files_panel
from dashboard.components.model_nights import outcome, said, title
from dashboard.components.wording import plain, short
from db import data_versions
from db.data_versions import DataVersionRow
from db.session import session
from db.training_runs import TrainingRunRow

# Never green; told apart by their signs where there is no colour.
COLOURS: dict[Finding, str] = {
    "better": "#3a92cc",
    "held": "#7b8794",
    "few": "#a5adb8",
    "not_shown": "#e69f00",
    "worse": "#d55e00",
}
SYMBOLS: dict[Finding, str] = {
    "better": "star",
    "held": "circle",
    "few": "circle-open",
    "not_shown": "diamond-open",
    "worse": "x",
}
SAID: dict[Finding, str] = {
    "better": "better, beyond chance",
    "held": "no worse",
    "few": "too few to say",
    "not_shown": "a loss can't be ruled out",
    "worse": "worse",
}
SHARES: tuple[Figure, ...] = ("flagged_genuine",)
LINE = 26  # px
READING = (
    "A dot right of the line at 0 means that the candidate did better on the same files, with its 90 % interval. The "
    "short mark is how far it may fall. Where an interval reaches beyond that mark, a loss can't be ruled out, and "
    "the gate refuses: few files make long intervals. A part of too few people or sources could never show it; there "
    "only a loss beyond chance counts, and all parts together must show that nothing is lost."
)
SPLITS = {"train": "learned from", "dev": "to set thresholds on", "gate": "held apart for the gate"}
CODES = {
    "excluded": "kept from learning",
    "example": "came with the desk",
    "contradictory": "two labels, or somebody dissents",
    "mislabelled": "wrong beyond doubt",
    "unreadable": "can't be read",
    "no_face": "no face in it",
    "held_out": "stands in the reference set",
    "duplicate": "lies in another file",
}


def decisions_panel(rows: Sequence[TrainingRunRow]) -> None:
    """The decision of one run, the newest first; which, stands in the address."""
    decided = {row.id: row for row in rows if row.decision is not None}
    if not decided:
        return
    st.markdown("###### What the gate decided")
    chosen = st.selectbox("Run", list(decided), format_func=lambda number: title(decided[number]), key="run",
                          bind="query-params", label_visibility="collapsed", width=360)  # fmt: skip
    decision_panel(decided[chosen])


def decision_panel(row: TrainingRunRow) -> None:
    """One decision: the sentences, the figures, what both were asked about, and what the candidate learned from."""
    decision = row.decision
    assert decision is not None, "only runs that were decided are offered"
    compared = [Compared(**one) for one in decision["compared"]]
    st.markdown(f"{outcome(row)}\n\n" + "\n".join(f"- {said(why)}" for why in decision["why"]))
    if decision["champion_moved"]:
        st.caption("Another version was put in service meanwhile, so nothing was changed: an editor decides.")
    if compared:
        st.plotly_chart(gains_chart(compared), config={"displayModeBar": False}, key=f"gains-{row.id}",
                        alt="Gain of each figure, with its interval and how far it may fall")  # fmt: skip
        st.caption(READING)
        st.dataframe([_line(one) for one in compared], hide_index=True, key=f"figures-{row.id}")
    st.markdown(f":small[{_asked(decision)}]")
    files_panel(row.id)
    with session() as opened:
        version = data_versions.by_sha256(opened, row.data_version) if row.data_version else None
    if version:
        _learned_from(version)


def in_short(row: TrainingRunRow) -> None:
    """One decision, folded: what no figure says, then each figure with its interval, those that failed first."""
    decision = row.decision
    assert decision is not None, "only runs that were decided are offered"
    compared = sorted((Compared(**one) for one in decision["compared"]), key=_passed)
    word = "Passed the gate" if decision["promote"] else "Did not pass the gate"
    with st.expander(f"{word} · {sum(map(_passed, compared))} of {len(compared)} figures passed"):
        # Only what is said of a figure has an arrow, from the one in service to the candidate.
        st.markdown("\n".join(f"- {said(why)}" for why in decision["why"] if "→" not in why))
        if compared:
            lines = [_brief(one) for one in compared]
            st.dataframe(lines, hide_index=True, height="content", key=f"gate-{row.id}")
        st.caption(f"More of it on the tab Learning, under {title(row)}.")


def quoted(reason: str | None, row: TrainingRunRow | None) -> str:
    """Why a version serves, or does not, as somebody put it; nothing where the gate did: `in_short` shows its words."""
    gate = row and row.decision and row.decision["why"][0]
    return "" if not reason or (gate and reason.startswith(gate)) else f"“{plain(reason)}”"


def gains_chart(compared: Sequence[Compared]) -> go.Figure:
    """A line a figure: its gain, the 90 % interval, and the loss that would still be let pass."""
    names = [_name(one) for one in compared]
    figure = go.Figure()
    figure.add_scatter(
        x=[-one.margin for one in compared], y=names, mode="markers", name="may fall so far", hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": COLOURS["worse"]}},
    )  # fmt: skip
    for finding in SAID:
        found = [one for one in compared if one.finding == finding]
        if found:
            figure.add_trace(_dots(found, finding))
    figure.add_vline(0, line={"width": 1, "color": "rgba(128,136,146,0.7)"})
    figure.update_xaxes(title="gain of the candidate", zeroline=False)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], automargin=True)
    return figure.update_layout(
        height=120 + LINE * len(compared), margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip


def _dots(found: Sequence[Compared], finding: Finding) -> go.Scatter:
    gains = [one.gain for one in found]
    return go.Scatter(
        x=gains,
        y=[_name(one) for one in found],
        mode="markers",
        name=SAID[finding],
        marker={"symbol": SYMBOLS[finding], "size": 10, "color": COLOURS[finding]},
        error_x={
            "symmetric": False, "thickness": 1.5, "width": 4,
            "array": [one.high - one.gain for one in found], "arrayminus": [one.gain - one.low for one in found],
        },
        hovertemplate="%{y}: %{x:+.3f}<extra>" + SAID[finding] + "</extra>",
    )  # fmt: skip


def _name(one: Compared) -> str:
    return f"{one.where} · {WORDS[one.figure]}"


def _line(one: Compared) -> dict[str, object]:
    return {
        "Asked about": one.where,
        "Figure": WORDS[one.figure],
        "Genuine": one.n_real,
        "Fake": one.n_fake,
        "In service": _value(one.figure, one.champion),
        "Candidate": _value(one.figure, one.candidate),
        "Gain (90 % interval)": f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})",
        "May fall by": f"{one.margin:g}",
        "Found": SAID[one.finding],
    }


def _brief(one: Compared) -> dict[str, object]:
    kept = ("Asked about", "Figure", "In service", "Candidate", "Gain (90 % interval)", "Found")
    line = _line(one)
    return {"Passed": "yes" if _passed(one) else "no"} | {name: line[name] for name in kept}


def _passed(one: Compared) -> bool:
    return one.finding not in ("worse", "not_shown")


def _value(figure: Figure, value: float) -> str:
    return f"{100 * value:.1f} %" if figure in SHARES else f"{value:.3f}"


def _asked(decision: dict[str, Any]) -> str:
    files = " · ".join(f"{plain(name)}: {count:,}" for name, count in decision["files"].items()) or "none"
    speed = f"{decision['slower']:.2f} times as long for a face, at most {decision['most_slower']:g} times"
    aside = decision.get("set_aside", 0)  # decisions of earlier versions don't say
    lacking = f" Set aside, for they can't be read: {aside:,}." if aside else ""
    return f"Files that both could judge: {files}.{lacking} The candidate takes {speed}."


def _learned_from(version: DataVersionRow) -> None:
    counts = version.counts
    labels, splits = counts.get("label", {}), counts.get("split", {})
    with st.expander(f"What it learned from: {counts['files']:,} files in {counts['groups']:,} groups"):
        st.markdown(
            f"Data version `{short(version.sha256)}`: {labels.get('real', 0):,} genuine, {labels.get('fake', 0):,} "
            "fake. " + ", ".join(f"{splits.get(name, 0):,} {said}" for name, said in SPLITS.items()) + "."
        )
        if version.gone:
            st.warning(f"{len(version.gone):,} of its files were deleted since: it can't be learned from whole again.",
                       icon=":material/delete:")  # fmt: skip
        st.dataframe(_sources(counts), hide_index=True, key=f"sources-{version.id}")
        if version.left_out:
            reasons = Counter(one["code"] for one in version.left_out)
            st.markdown(
                "Left out: " + ", ".join(f"{count:,} {CODES[code]}" for code, count in reasons.most_common())
            )
            st.dataframe(
                [{"File": one["name"], "Left out": CODES[one["code"]], "Because": one["why"]}
                 for one in version.left_out],
                hide_index=True, key=f"left-out-{version.id}",
            )  # fmt: skip


def _sources(counts: dict[str, Any]) -> list[dict[str, object]]:
    said = {"dataset": "Source", "method": "Method", "kind": "Kind of file"}
    return [
        {"By": word, "Which": {"video": "clips", "image": "pictures"}.get(name, name), "Files": files}
        for key, word in said.items()
        for name, files in counts.get(key, {}).items()
    ]
