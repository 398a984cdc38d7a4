"""History: everything that was ever analysed, found again by what is known of it; links to it can be sent."""

from dataclasses import replace
from typing import Literal

import streamlit as st

from dashboard.components.history_actions import actions
from dashboard.components.history_filters import Asked, filters
from dashboard.components.history_table import history_table
from dashboard.components.saved_views import views_menu
from dashboard.components.trend_charts import FEW, agreement_chart, bands_chart, telling
from dashboard.who import user
from db import history, trends
from db.history import Filter, Page, Place
from db.session import session

PAGE = 50
SIDES: tuple[Literal["after", "before"], ...] = ("after", "before")
EMPTY = """
##### Nothing was analysed yet
Every finished analysis will stand here for good: its name, what was found, when, and by which detector.
Drop a clip in the **Queue** to begin.
"""
NOTHING = "##### Nothing fits\nTake a filter away, or search for less. Words may stand anywhere in a name or a note."


def history_page() -> None:
    """The question on top, its answer below."""
    user()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("## History", width="stretch")
        views_menu()
    asked = filters()
    with session() as opened:
        found = history.search(opened, asked.wanted, asked.sort, PAGE, place(asked))
    if not found.total:
        st.markdown(EMPTY if asked.wanted == Filter() else NOTHING)
        return
    trends_of(asked.wanted)
    above = st.container()
    chosen = history_table(found.rows)
    with above:
        actions(chosen, asked.wanted, asked.sort, found.total)
    pager(found)


def trends_of(wanted: Filter) -> None:
    """Charts of what the filters keep, folded away until somebody wants them."""
    folded = st.expander("Trends", icon=":material/bar_chart:", key="trends", on_change="rerun")
    if not folded.open:
        return
    with folded:
        # To ask for those that agree and then count how many do would say nothing.
        unjudged = replace(wanted, verdicts=(), agreements=())
        with session() as opened:
            months, judged = trends.by_month(opened, wanted), trends.by_month(opened, unjudged)
        left, right = st.columns(2)
        with left:
            st.markdown("###### What the machine found, by month")
            st.plotly_chart(bands_chart(months), config={"displayModeBar": False}, alt="Analyses a month, by band")
        with right:
            st.markdown("###### How often machine and person agree")
            if not (told := telling(judged)):
                st.caption(f"No month has {FEW} files yet on which both decide. A share of fewer says nothing.")
                return
            st.plotly_chart(
                agreement_chart(told), config={"displayModeBar": False}, alt="Share of agreement, by month"
            )
            st.caption(
                "Of the files where both decide, whatever verdict is asked for. People choose what they judge, often "
                "what is doubtful: this is not the detector's error rate."
            )


def place(asked: Asked) -> Place | None:
    """The place in the address; another question is answered from its beginning."""
    if st.session_state.get("asked") not in (None, asked):
        for side in SIDES:
            st.query_params.pop(side, None)
    st.session_state.asked = asked
    return next((Place(int(st.query_params[side]), side) for side in SIDES if _is_id(side)), None)


def pager(found: Page) -> None:
    """Where we are, and the ways on; where we are stands in the address."""
    if found.total <= len(found.rows):
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        for label, to in (("Earlier rows", found.before), ("Further rows", found.after)):
            st.button(label, disabled=to is None, key=label, on_click=go, args=(to,))
        st.caption(f"{found.first:,} to {found.first + len(found.rows) - 1:,} of {found.total:,}", width="content")


def go(to: Place) -> None:
    """Turn the page."""
    for side in SIDES:
        st.query_params.pop(side, None)
    st.query_params[to.side] = str(to.analysis_id)


def _is_id(name: str) -> bool:
    written = st.query_params.get(name, "")
    return written.isdecimal() and len(written) < 16


history_page()
