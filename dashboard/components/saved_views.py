"""Questions that are kept under a name."""

import streamlit as st

from dashboard.components.doing import do, done
from dashboard.components.history_filters import ask, question
from dashboard.components.wording import plain
from dashboard.who import user
from db import saved_views
from db.session import session


def views_menu() -> None:
    """One's own and the shared views: ask one again, keep the present question, or forget one."""
    looking = user()
    with session() as opened:
        known = saved_views.for_user(opened, looking)
    with st.popover("Views", icon=":material/bookmark:"):
        for view in known:
            with st.container(horizontal=True, vertical_alignment="center"):
                whose = "" if view.user.id == looking.id else f" :gray[by {plain(view.user.name)}]"
                st.button(f"{plain(view.name)}{whose}", key=f"view-{view.id}", on_click=ask, args=(view.asked,),
                          type="tertiary", width="stretch")  # fmt: skip
                if view.user.id == looking.id or looking.role == "admin":
                    st.button("", icon=":material/delete:", key=f"forget-{view.id}", help="Forget this view",
                              on_click=do, args=(saved_views.remove, view.id), type="tertiary")  # fmt: skip
        if not known:
            st.caption("A view is a search with its filters under a name. To send one to somebody, copy the address.")
        _keep()


def _keep() -> None:
    with st.form("keep-view", border=False, clear_on_submit=True):
        name = st.text_input("Keep this search as", max_chars=saved_views.LONGEST, key="view-name")
        shared = st.checkbox("For everybody at the desk")
        if st.form_submit_button("Keep", key="view-keep") and done(saved_views.save, name, question(), shared):
            st.rerun()
