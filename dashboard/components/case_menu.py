"""Put a file into a case, from wherever it is looked at."""

import streamlit as st

from dashboard.components.case_choice import open_cases
from dashboard.components.doing import do
from dashboard.components.wording import plain
from dashboard.who import user
from db import case_file, cases
from db.analyses import StoredAnalysis
from db.rights import allowed
from db.session import session


def case_menu(stored: StoredAnalysis) -> None:
    """The cases that hold the file of an analysis, and a way into another one."""
    with session() as opened:
        holding = case_file.of_media(opened, stored.media_id)
    here = {row.id for row in holding}
    others = {number: title for number, title in open_cases().items() if number not in here}
    label = "Case" if not holding else plain(holding[0].title) if len(holding) == 1 else f"{len(holding)} cases"
    with st.popover(label, icon=":material/folder_open:"):
        for row in holding:
            st.page_link("screens/case.py", label=plain(row.title), query_params={"case": str(row.id)})
        if allowed(user(), "work_on_cases"):
            _choose(stored, others)


def _choose(stored: StoredAnalysis, others: dict[int, str]) -> None:
    if not others:
        st.page_link("screens/cases.py", label="Open a new case", icon=":material/add:")
        return
    chosen = st.selectbox("Add this file to", list(others), format_func=others.__getitem__, index=None,
                          placeholder="Choose an open case", key=f"case-of-{stored.media_id}")  # fmt: skip
    if chosen is not None:
        st.button("Add", on_click=do, args=(cases.add_item, chosen, stored.media_id, stored.id), type="primary")
