"""Who is signed in, at the right of the navigation: the way to one's account, and out."""

import streamlit as st

from dashboard.components.door import sign_out_button
from dashboard.components.roles import NONE, ROLES
from dashboard.components.wording import plain
from db.rights import User

# In the bar of the navigation, which has no place of its own for this; left of where Streamlit shows that it runs.
PLACE = """<style>
.st-key-you { position: fixed; top: 0.5rem; right: 8.5rem; width: auto; z-index: 999991; }
</style>"""
SHOWN = 24  # characters of a name that the bar has room for


def you(user: User) -> None:
    """A menu under one's name."""
    name = user.name if len(user.name) <= SHOWN else user.name[: SHOWN - 1] + "…"
    with st.container(key="you"):
        st.html(PLACE)
        with st.popover(plain(name), icon=":material/person:", type="tertiary"):
            st.markdown(f"**{plain(user.name)}**  \n{plain(user.login)} · {ROLES[user.role or NONE]}")
            st.page_link("screens/account.py", label="Account and API tokens", icon=":material/key:")
            sign_out_button()
