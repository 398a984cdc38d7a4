"""Doing what a page was asked for: a command of `db`, by whoever looks, in one transaction; a refusal in plain words.

    done(cases.comment, case_id, text)                      in a form
    st.button(…, on_click=do, args=(cases.close, case_id))  in a callback
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.errors import TelltaleError
from dashboard.components.wording import plain
from dashboard.who import user
from db.session import session


def done(command: Callable[..., Any], *said: Any) -> bool:
    """Run a command; where it is refused, the page says why and this says no."""
    actor = user()
    try:
        with session() as opened:
            command(opened, actor, *said)
    except TelltaleError as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return False
    return True


def do(command: Callable[..., Any], *said: Any) -> None:
    """Run a command for a button's callback, which has no place to write to: a refusal is said in passing."""
    actor = user()
    with in_passing(), session() as opened:
        command(opened, actor, *said)


@contextmanager
def in_passing() -> Iterator[None]:
    """For what a button's callback does: a refusal ends it, and is said in passing."""
    try:
        yield
    except TelltaleError as refusal:
        st.toast(plain(str(refusal)), icon=":material/block:")
