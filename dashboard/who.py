"""Who looks at the desk: its one person where nobody signs in, else whoever holds the cookie.

Pages and routes read the same cookie. Both ask at every run and every request: whoever was shut out is out.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import streamlit as st
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.settings import Settings, settings
from db import people, sign_ins
from db.rights import Action, User, allowed
from db.session import session

COOKIE = "telltale"
SIGN_IN = {"message": "You are not signed in. Open the desk again and sign in."}
NOT_YOURS = {"message": "Your role does not allow this. Ask an admin."}


def cookie() -> str:
    """The secret that the browser of this page came with; it may be worth nothing."""
    return st.context.cookies.get(COOKIE, "")


def address() -> str:
    """Where the browser of this page is; empty on this machine."""
    return st.context.ip_address or ""


def visitor() -> User | None:
    """Who opened this page, with or without a role; None where nobody is signed in."""
    return holder(settings(), cookie())


def user() -> User:
    """Who looks at this page. Where nobody is signed in any more, the page ends here and begins anew."""
    found = visitor()
    if found is None or not allowed(found, "see"):
        st.rerun()
    return found


def still_allowed() -> None:
    """For a part of a page that refreshes itself: as `user`, but it does not count as something that she does."""
    config = settings()
    if config.sign_in == "off":
        return
    with session(config) as opened:
        found = sign_ins.holder(opened, cookie(), timedelta(minutes=config.idle_minutes))
    if found is None or not allowed(found, "see"):
        st.rerun()


def of_request(request: Request) -> User | None:
    """Who sent a request; None where nobody is signed in."""
    return holder(settings(), request.cookies.get(COOKIE, ""))


def holder(config: Settings, secret: str) -> User | None:
    """Whom the cookie's secret stands for."""
    with session(config) as opened:
        if config.sign_in == "off":
            return people.desk_user(opened)
        return sign_ins.user_of(opened, secret, timedelta(minutes=config.idle_minutes))


def needs(action: Action, endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """A route that answers only whoever may do this. What she asks is not even looked at before."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        asking = await run_sync(of_request, request)
        if asking is None:
            return JSONResponse(SIGN_IN, 401, headers={"Cache-Control": "no-store"})
        if not allowed(asking, action):
            return JSONResponse(NOT_YOURS, 403, headers={"Cache-Control": "no-store"})
        request.state.user = asking
        answer = endpoint(request) if iscoroutinefunction(endpoint) else run_sync(endpoint, request)
        found: Response = await answer
        return found

    return guarded
