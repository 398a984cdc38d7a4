"""All that no detector may learn from: which files and cases, by whose word and why, and the way to allow it again."""

import streamlit as st

from dashboard.components.learning_menu import allow_again, told
from db import exclusions
from db.exclusions import ExclusionRow
from db.session import session

HOW = "Keep a file from learning on its page in Review, a whole case on the page of the case: the menu *Learning*."
NONE = "Nothing is kept from learning: everything with a confirmed verdict may be learned from."


def exclusions_panel() -> None:
    """What is kept from learning, newest first, each with a way to its page."""
    with session() as opened:
        kept = exclusions.exclusions(opened)
    with st.expander(f"Kept from learning: {len(kept):,}", key="kept-from-learning"):
        st.caption(HOW if kept else f"{NONE} {HOW}")
        for one in kept:
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"kept-{one.subject}-{one.subject_id}"
            ):
                st.markdown(told(one), width="stretch")
                _open(one)
                allow_again(one)


def _open(one: ExclusionRow) -> None:
    if one.subject == "case":
        st.page_link("screens/case.py", label="Open", query_params={"case": str(one.subject_id)})
    elif one.analysis_id is not None:
        st.page_link("screens/review.py", label="Open", query_params={"analysis": str(one.analysis_id)})
