"""Doing what a page was asked for: a command of `db`, by whoever looks, in one transaction; a refusal in plain words.

    done(cases.comment, case_id, text)                      in a form
    st.button(…, on_click=do, args=(cases.close, case_id))  in a callback
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import streamlit as st

from core.errors import TelltaleError
from dashboard.components.wording import plain
from dashboard.who import user
from db.session import session


def done(command: Callable[..., Any], *said: Any) -> bool:
    """Run a command; where it is refused, the page says why and this says no."""
    actor = user()
    with InPlace():
        with session() as opened:
            command(opened, actor, *said)
        return True
    return False


def do(command: Callable[..., Any], *said: Any) -> None:
    """Run a command for a button's callback, which has no place to write to: a refusal is said in passing."""
    actor = user()
    with in_passing(), session() as opened:
        command(opened, actor, *said)


class InPlace:
    """For what is done while the page is drawn, in a `with`: a refusal ends it, and is said where it was asked for."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, refusal: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(refusal, TelltaleError):
            return False
        st.error(plain(str(refusal)), icon=":material/block:")
        return True


@contextmanager
def in_passing() -> Iterator[None]:
    """For what a button's callback does: a refusal ends it, and is said in passing."""
    try:
        yield
    except TelltaleError as refusal:
        st.toast(plain(str(refusal)), icon=":material/block:")
