"""History: everything that was ever analysed, found again by name, hash, band, model or date."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal, get_args

import streamlit as st

from core.evidence import Band
from core.judgement.bands import WORDS
from dashboard.components.band import COLOURS
from dashboard.components.wording import span
from dashboard.feed import address
from db import history
from db.history import Filter, HistoryRow, Page, Place, Sort
from db.session import session

PAGE = 50
SIDES: tuple[Literal["after", "before"], ...] = ("after", "before")
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
    with session() as opened:
        found = history.search(opened, asked, sort, PAGE, place(asked, sort))
    if not found.total:
        st.markdown(EMPTY if asked == Filter() else "Nothing fits. Take a filter away, or search for less.")
        return
    st.caption(f"{found.total} {'analysis' if found.total == 1 else 'analyses'}. Click a row to open it.")
    table(found.rows)
    pager(found)


def place(asked: Filter, sort: Sort) -> Place | None:
    """The place in the address; another question is answered from its beginning."""
    if st.session_state.get("asked") not in (None, (asked, sort)):
        for side in SIDES:
            st.query_params.pop(side, None)
    st.session_state.asked = asked, sort
    return next((Place(int(st.query_params[side]), side) for side in SIDES if _is_id(side)), None)


def pager(found: Page) -> None:
    """Where we are, and the ways on. Each is a link, so that it can be sent to somebody."""
    if found.total <= len(found.rows):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to in (("Earlier rows", found.before), ("Further rows", found.after)):
            if st.button(label, disabled=to is None, key=label) and to:
                go(to)
        st.caption(f"{found.first} to {found.first + len(found.rows) - 1} of {found.total}")


def go(to: Place) -> None:
    """Turn the page."""
    for side in SIDES:
        st.query_params.pop(side, None)
    st.query_params[to.side] = str(to.analysis_id)
    st.rerun()


def _is_id(name: str) -> bool:
    written = st.query_params.get(name, "")
    return written.isdecimal() and len(written) < 16


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
