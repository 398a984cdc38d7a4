"""Account: the tokens with which programs act for somebody, and her password."""

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace, do
from dashboard.components.roles import NONE, ROLES
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import address, user
from db import people
from db.people import Token
from db.session import session
from pipelines.signing_in import LONGEST, change_password

TOLD = """
A program that has a token of yours may do what you may do. It sends it with every request:
`Authorization: Bearer telltale_…`. What there is to ask: [/api/v1/docs](/api/v1/docs).
"""


def who_you_are() -> None:
    """Name, login and role; where nobody signs in there is nothing to say."""
    st.markdown("## Account")
    if settings().sign_in != "off":
        st.markdown(f"{plain(user().name)} · {plain(user().login)} · {ROLES[user().role or NONE]}")


def api_tokens() -> None:
    """Make tokens, see what became of them, revoke them."""
    st.markdown("##### API tokens")
    st.markdown(TOLD)
    with st.form("token", border=False, clear_on_submit=True), st.container(
        horizontal=True, vertical_alignment="bottom"
    ):
        name = st.text_input("What is it for?", placeholder="Nightly import", max_chars=100)
        if st.form_submit_button("Make a token"):
            make(name)
    if secret := st.session_state.pop("made", None):
        st.info("Copy it now: it is not shown again.", icon=":material/key:")
        st.code(secret, language=None)
    with session() as opened:
        known = people.tokens(opened, user().id)
    for token in known:
        line(token)
    if not known:
        st.caption("You have none.")


def make(name: str) -> None:
    """A new token, told on this run of the page and never again."""
    with InPlace(), session() as opened:
        st.session_state.made = people.new_token(opened, user(), name)


def line(token: Token) -> None:
    """A token: what it is for, when it was used, and the way to end it."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        used = f"last used {when(token.used_at)}" if token.used_at else "never used"
        st.markdown(
            f"**{plain(token.name)}**  \n:small[made {when(token.created_at)} · {used}]", width="stretch"
        )
        if token.revoked_at:
            st.caption(f"Revoked {when(token.revoked_at)}")
        else:
            st.button("Revoke", key=f"revoke-{token.id}", on_click=do, args=(people.revoke_token, token.id))


def password() -> None:
    """Another password for oneself, where accounts are ours."""
    if settings().sign_in != "local":
        return
    st.markdown("##### Password")
    with st.form("password", border=False, clear_on_submit=True, width=420):
        old = st.text_input("Your password", type="password", autocomplete="current-password", max_chars=LONGEST)
        new = st.text_input("A new one", type="password", autocomplete="new-password", max_chars=LONGEST)
        again = st.text_input("The new one again", type="password", autocomplete="new-password", max_chars=LONGEST)
        st.caption("You are signed out everywhere, and sign in with the new one.")
        if st.form_submit_button("Change password"):
            change(old, new, again)


def change(old: str, new: str, again: str) -> None:
    """Change it, or say why not."""
    if new != again:
        st.error("The two new ones differ.")
        return
    with InPlace():
        change_password(settings(), user(), old, new, address())
        st.rerun()


who_you_are()
api_tokens()
password()
