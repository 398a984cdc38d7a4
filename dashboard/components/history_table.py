"""The rows of the history: machine and person side by side; a click opens one, a tick chooses it."""

import hashlib

import streamlit as st

from core.judgement.bands import WORDS
from dashboard.components.band import COLOURS
from dashboard.components.when import zone
from dashboard.components.wording import span
from dashboard.feed import address
from db.agreement import Agreement
from db.history import HistoryRow
from db.verdicts import WORDS as VERDICTS

BOTH: dict[Agreement | None, str] = {"agree": "= agree", "differ": "≠ differ", "open": "– open", None: ""}


# The table's own buttons would hand out a CSV that is neither safe to open nor in the log.
BARE = "<style>.st-key-history-rows [data-testid=stElementToolbar] { display: none; }</style>"


def history_table(rows: tuple[HistoryRow, ...]) -> list[HistoryRow]:
    """Draw the rows; gives those that are ticked."""
    with st.container(key="history-rows"):
        st.html(BARE)
        return _table(rows)


def _table(rows: tuple[HistoryRow, ...]) -> list[HistoryRow]:
    event = st.dataframe(
        [_line(row) for row in rows],
        hide_index=True,
        placeholder="",
        height="content",
        row_height=44,
        key=f"rows-{_mark(rows)}",  # ticks belong to these rows, not to their places
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        column_config={
            "Picture": st.column_config.ImageColumn("", width=64),
            "Name": st.column_config.TextColumn(width=236),
            "Machine": st.column_config.MultiselectColumn(
                options=list(WORDS.values()), color=[COLOURS[band] for band in WORDS], width=158
            ),
            "Verdict": st.column_config.MultiselectColumn(
                options=list(VERDICTS.values()), color="violet", width=168, help="What people of this desk said."
            ),
            "Both": st.column_config.TextColumn(
                "Compared",
                width=84,
                help="Whether the two point the same way. Open: one of them does not decide.",
            ),
            "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone=str(zone()), width=140),
            "Detector": st.column_config.TextColumn(width=80),
            "Length": st.column_config.TextColumn(width=66),
            "Score": st.column_config.NumberColumn(format="%.2f", width=58),
        },
    )
    if cells := event.selection.cells:
        st.switch_page("screens/review.py", query_params={"analysis": str(rows[cells[0][0]].analysis_id)})
    return [rows[place] for place in event.selection.rows]


def _line(row: HistoryRow) -> dict[str, object]:
    return {
        "Picture": address(row.thumbnail) if row.thumbnail else None,
        "Name": row.name,
        "Machine": [WORDS[row.band]],
        "Verdict": [VERDICTS[row.verdict]] if row.verdict else [],
        "Both": BOTH[row.agreement],
        "When": row.created_at,
        "Detector": f"{row.model_name} {row.model_version}",
        "Length": span(row.duration) if row.duration is not None else "picture",
        "Score": row.score,
    }


def _mark(rows: tuple[HistoryRow, ...]) -> str:
    ids = ",".join(str(row.analysis_id) for row in rows)
    return hashlib.sha256(ids.encode()).hexdigest()[:16]
