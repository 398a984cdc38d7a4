"""People: who may come in, and with what role. For admins."""

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace, do, done
from dashboard.components.roles import NONE, ROLES, TOLD, role_of
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import user
from db import people
from db.models_people import LOGIN
from db.people import Person
from db.rights import require
from db.session import session
from pipelines.signing_in import LONGEST, SHORTEST, hashed

ARRIVE = "People arrive here when they sign in with your provider for the first time. Then give them a role."


def head() -> None:
    """What this page is for, and the way to add somebody."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("## People", width="stretch")
        if settings().sign_in == "local":
            with st.popover("Add somebody", icon=":material/person_add:"):
                add_form()
    st.caption(TOLD if settings().sign_in == "local" else f"{TOLD}\n{ARRIVE}")


def add_form() -> None:
    """A new local account; its password is told to its user by the admin, who should change it."""
    with st.form("add", border=False, clear_on_submit=False):
        login = st.text_input("Login", max_chars=LOGIN, help="One word, such as an address.")
        name = st.text_input("Name", max_chars=100)
        role = st.selectbox("Role", list(ROLES), index=1, format_func=ROLES.__getitem__)
        first = st.text_input(
            "First password", type="password", autocomplete="new-password", max_chars=LONGEST,
            help=f"At least {SHORTEST} characters. She changes it on the page Account.",
        )  # fmt: skip
        if st.form_submit_button("Add", type="primary"):
            add(login, name, role, first)


def add(login: str, name: str, role: str, first: str) -> None:
    """Add somebody, or say why not."""
    if (kept := hashed_or_said(first)) and done(people.add, login, name, role_of(role), kept):
        st.rerun()


def lines() -> None:
    """Everybody, a line each."""
    with session() as opened:
        known = people.everybody(opened)
    for person in known:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            line(person)
    if not known:
        st.caption("Nobody is here yet.")


def line(person: Person) -> None:
    """Somebody: name, role, when she was last here, and what can be done about it."""
    of, key = person.user, f"role-{person.user.id}"
    seen = f"last here {when(person.seen_at)}" if person.seen_at else "never here"
    closed = "" if of.active else " :gray-badge[Closed]"
    st.markdown(f"**{plain(of.name)}**{closed}  \n:small[{plain(of.login)} · {seen}]", width="stretch")
    st.session_state[key] = of.role or NONE  # what is stored, also after a change that was refused
    st.selectbox(
        "Role", list(ROLES), format_func=ROLES.__getitem__, key=key, width=170, label_visibility="collapsed",
        on_change=give_role, args=(of.id,),
    )  # fmt: skip
    with st.popover("Account", key=f"account-{of.id}"):
        account(person)


def give_role(user_id: int) -> None:
    """Store the role that was just chosen."""
    do(people.set_role, user_id, role_of(st.session_state[f"role-{user_id}"]))


def account(person: Person) -> None:
    """Close or open an account, another password."""
    of = person.user
    label = "Close this account" if of.active else "Open it again"
    st.button(
        label, key=f"active-{of.id}", on_click=do, args=(people.set_active, of.id, not of.active), width="stretch",
        help="She is signed out at once, everywhere, and her tokens end to work. What she did stays under her name."
        if of.active else None,
    )  # fmt: skip
    if person.signs_in == "provider":
        st.caption("Signs in with your provider.")
        return
    with st.form(f"reset-{of.id}", border=False, clear_on_submit=True):
        new = st.text_input("New password", type="password", autocomplete="new-password", max_chars=LONGEST)
        if st.form_submit_button("Set password", width="stretch"):
            reset(of.id, new)


def reset(user_id: int, new: str) -> None:
    """Another password for somebody, who is signed out everywhere."""
    if (kept := hashed_or_said(new)) and done(people.set_password, user_id, kept):
        st.success("It counts from now on.")


def hashed_or_said(password: str) -> str | None:
    """What is kept of a password; None where it is too short, and the page says so."""
    with InPlace():
        return hashed(password)
    return None


require(user(), "manage_people")
head()
lines()
