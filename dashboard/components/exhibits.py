"""The exhibits of a case: what a machine found and what people hold each to be, in two columns of their own."""

import streamlit as st

from dashboard.components.band import chip
from dashboard.components.doing import do
from dashboard.components.flush import flush
from dashboard.components.thumbnail import thumbnail
from dashboard.components.verdict import standing, verdict_chip
from dashboard.components.wording import plain, short, span
from db import cases, history
from db.case_file import CaseFile, Exhibit
from db.history import Filter
from db.session import session

WIDTHS = [0.8, 3.6, 2.6, 2.8, 1.3]
SHOWN = 8  # matches offered at once


def exhibit_rows(case: CaseFile, may_change: bool) -> None:
    """A line each, in the order of the case."""
    if case.exhibits:
        _, _, machine, people, _ = st.columns(WIDTHS)
        machine.caption("MACHINE EVIDENCE")
        people.caption("HUMAN VERDICT")
    with st.container(gap="xsmall", key="exhibits"):
        flush("exhibits")
        for number, exhibit in enumerate(case.exhibits, 1):
            with st.container(border=True, key=f"exhibit-{exhibit.media_id}"):
                _row(case, number, exhibit, may_change)


def _row(case: CaseFile, number: int, exhibit: Exhibit, may_change: bool) -> None:
    picture, about, machine, people, action = st.columns(WIDTHS, vertical_alignment="center")
    with picture:
        thumbnail(exhibit.thumbnail, exhibit.kind)
    with about, st.container(gap=None):
        _name(number, exhibit)
    with machine, st.container(gap=None):
        st.markdown(chip(exhibit.band) if exhibit.band else ":gray-badge[:material/schedule: Not analysed]")
        if exhibit.model:
            pinned = " · this analysis is pinned" if exhibit.pinned else ""
            st.caption(f"detector {plain(exhibit.model)}{pinned}")
    with people, st.container(gap=None):
        st.markdown(verdict_chip(exhibit.verdict))
        if exhibit.verdict:
            st.caption(f"{plain(exhibit.verdict.user.name)} · {standing(exhibit.verdict)}")
    if may_change:
        with action:
            _moves(case, number, exhibit)


def _name(number: int, exhibit: Exhibit) -> None:
    label = f"**{number} · {plain(exhibit.name)}**"
    if exhibit.analysis_id:
        st.page_link("screens/review.py", label=label, query_params={"analysis": str(exhibit.analysis_id)})
    else:
        st.markdown(label)
    length = span(exhibit.duration) if exhibit.duration is not None else "picture"
    st.caption(f"{length} · sha256 {short(exhibit.sha256)}")


def _moves(case: CaseFile, number: int, exhibit: Exhibit) -> None:
    """Up, down, out."""
    with st.container(horizontal=True, gap=None, wrap=False, horizontal_alignment="right"):
        for icon, steps, edge in (("arrow_upward", -1, 1), ("arrow_downward", 1, len(case.exhibits))):
            st.button("", key=f"move-{exhibit.media_id}-{steps}", icon=f":material/{icon}:", type="tertiary",
                      help="Move up" if steps < 0 else "Move down", disabled=number == edge, on_click=do,
                      args=(cases.move_item, case.id, exhibit.media_id, steps))  # fmt: skip
        st.button("", key=f"out-{exhibit.media_id}", icon=":material/close:", type="tertiary", on_click=do,
                  help="Take it out of the case; the file stays on the desk",
                  args=(cases.remove_item, case.id, exhibit.media_id))  # fmt: skip


def compare_menu(case: CaseFile) -> None:
    """Two exhibits side by side, where as many were analysed."""
    analysed = [(number, one) for number, one in enumerate(case.exhibits, 1) if one.analysis_id]
    titles = {one.analysis_id: f"{number} · {one.name}" for number, one in analysed}
    if len(titles) < 2:
        return
    with st.popover("Compare two", icon=":material/compare:"):
        left, right = (
            st.selectbox(side, list(titles), index=place, format_func=titles.__getitem__, key=f"compare-{side}")
            for place, side in enumerate(("Left", "Right"))
        )
        st.page_link("screens/compare.py", label="Show them side by side", icon=":material/arrow_forward:",
                     query_params={"a": str(left), "b": str(right)})  # fmt: skip


def add_exhibit(case: CaseFile) -> None:
    """Find what was analysed, and attach it."""
    with st.popover("Add an exhibit", icon=":material/add:"):
        text = st.text_input("Find an analysed file", placeholder="Part of a name, or the beginning of a hash",
                             type="search", key="exhibit-search", live=True)  # fmt: skip
        inside = {one.media_id for one in case.exhibits}
        with session() as opened:
            found = history.search(opened, Filter(text or ""), limit=SHOWN * 3).rows
        offered = {row.media_id: row for row in reversed(found) if row.media_id not in inside}
        if not offered:
            st.caption("Nothing that fits is left. Files come in on the Queue page.")
        for row in list(reversed(offered.values()))[:SHOWN]:
            with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
                st.markdown(f"{plain(row.name)}  {chip(row.band)}", width="stretch")
                st.button("Add", key=f"add-{row.media_id}", on_click=do,
                          args=(cases.add_item, case.id, row.media_id))  # fmt: skip
