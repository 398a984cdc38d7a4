"""History: everything that was ever analysed, found again by name, hash, band, model or date."""

from datetime import UTC, datetime, time, timedelta
from typing import get_args

import streamlit as st

from core.evidence import Band
from core.judgement.bands import WORDS
from dashboard.components.band import COLOURS
from dashboard.components.wording import span
from dashboard.feed import address
from db import history
from db.history import Filter, HistoryRow, Sort
from db.session import session

PAGE = 50
ORDERS: dict[Sort, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "Name",
    "score": "Highest score",
}
EMPTY = """
##### Nothing was analysed yet
Every finished analysis will stand here for good: its name, what was found, when, and by which detector.
Drop a clip in the **Queue** to begin.
"""


def wanted() -> tuple[Filter, Sort]:
    """What the reader asks for; it lives in the address, so that a search can be sent to somebody."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="Part of a name, or the beginning of a hash", type="search",
                             key="q", bind="query-params", live=True)  # fmt: skip
        models = model_filter()
        days = st.selectbox("When", list(DAYS), key="when", bind="query-params", width=150)
        sort = st.selectbox(
            "Sort", list(ORDERS), format_func=ORDERS.__getitem__, key="sort", bind="query-params", width=160
        )
    bands = st.pills("Found", get_args(Band), format_func=WORDS.__getitem__, selection_mode="multi",
                     key="band", bind="query-params", label_visibility="collapsed")  # fmt: skip
    return Filter(text or "", tuple(bands), models, since=since(DAYS[days])), sort


DAYS: dict[str, int | None] = {"Any time": None, "Today": 0, "Last 7 days": 6, "Last 30 days": 29}


def since(days: int | None) -> datetime | None:
    """Midnight, UTC, so many days ago."""
    if days is None:
        return None
    return datetime.combine(datetime.now(UTC) - timedelta(days=days), time(), UTC)


def model_filter() -> tuple[int, ...]:
    """The detectors to keep; nothing to choose from where only one has spoken."""
    with session() as opened:
        known = {str(id_): f"{name} {version}" for id_, name, version in history.models(opened)}
    if len(known) < 2:
        return ()
    chosen = st.multiselect(
        "Detector", list(known), format_func=known.__getitem__, key="model", bind="query-params"
    )
    return tuple(int(one) for one in chosen)


def listing() -> None:
    """The rows that fit, a page at a time; a row opens its review."""
    asked, sort = wanted()
    key = f"page of {asked} by {sort}"  # another question: its answer begins on its first page
    page = st.session_state.get(key, 1)
    with session() as opened:
        found = history.search(opened, asked, sort, PAGE, (page - 1) * PAGE)
    if not found.total:
        st.markdown(EMPTY if asked == Filter() else "Nothing fits. Take a filter away, or search for less.")
        return
    st.caption(f"{found.total} {'analysis' if found.total == 1 else 'analyses'}. Click a row to open it.")
    table(found.rows)
    if found.total > PAGE:
        st.pagination(-(-found.total // PAGE), key=key)


def table(rows: tuple[HistoryRow, ...]) -> None:
    """The rows; a click opens one."""
    event = st.dataframe(
        [line(row) for row in rows],
        hide_index=True,
        placeholder="",
        height="content",
        row_height=44,
        key="history",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "Picture": st.column_config.ImageColumn("", width=64),
            "Name": st.column_config.TextColumn(width="large"),
            "Found": st.column_config.MultiselectColumn(
                options=list(WORDS.values()), color=[COLOURS[band] for band in WORDS], width="medium"
            ),
            "Score": st.column_config.NumberColumn(format="%.2f", width="small"),
            "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
    )
    if cells := event.selection.cells:
        st.switch_page("screens/review.py", query_params={"analysis": str(rows[cells[0][0]].analysis_id)})


def line(row: HistoryRow) -> dict[str, object]:
    """One row as the table shows it."""
    return {
        "Picture": address(row.thumbnail) if row.thumbnail else None,
        "Name": row.name,
        "Found": [WORDS[row.band]],
        "Score": row.score,
        "Length": span(row.duration) if row.duration is not None else "picture",
        "Size": f"{row.width} × {row.height}",
        "Detector": f"{row.model_name} {row.model_version}",
        "When": row.created_at,
    }


st.markdown("## History")
listing()
