"""What stands before the desk: sign in, or wait for a role. Nothing of the desk is shown here."""

import streamlit as st

from core.errors import TelltaleError
from core.settings import settings
from dashboard.components.door import hand_over, sign_in_form, sign_out_button
from dashboard.components.wording import plain
from db import people
from db.rights import User
from db.session import session
from pipelines.signing_in import by_provider

FIRST = """
Nobody has an account yet. On the machine that runs the desk, in a shell:

    .venv/bin/python -m scripts.add_user LOGIN --role admin
"""
WAITING = """
##### Hello {name}
You are signed in as **{login}**, without a role. An admin gives you one on the page People; then open the desk again.
"""


def outside(visitor: User | None) -> None:
    """The way in, whatever it is at this desk; where somebody waits for a role, that."""
    _, middle, _ = st.columns([1, 1, 1])
    with middle, st.container(border=True, key="outside"):
        if visitor:
            st.markdown(WAITING.format(name=plain(visitor.name), login=plain(visitor.login)))
            sign_out_button()
        elif settings().sign_in == "oidc":
            _by_provider()
        else:
            _by_password()


def _by_password() -> None:
    st.markdown("## Sign in")
    with session() as opened:
        somebody = people.everybody(opened)
    if not somebody:
        st.markdown(FIRST)
        return
    sign_in_form()
    st.caption("Forgotten it? An admin can give you another password.")


def _by_provider() -> None:
    if "left" in st.session_state:
        st.markdown("Signing out …")
        return
    st.markdown("## Sign in")
    if st.user.get("is_logged_in") and _let_in():
        return
    st.button("Sign in with your organisation", type="primary", on_click=st.login, width="stretch")


def _let_in() -> bool:
    """Begin, once for this page; whether the provider's word was good for it."""
    if "begun" not in st.session_state:
        try:
            st.session_state.begun = by_provider(settings(), st.user.to_dict())
        except TelltaleError as refusal:
            st.info(plain(str(refusal)))
            return False
    hand_over(st.session_state.begun)
    return True
