"""The door: where a password or a provider's word becomes a cookie, and where the cookie is taken back.

The cookie is HttpOnly (no script reads it) and SameSite=Strict (no other site's request carries it). A header of
ours makes the browser ask us before another site may even try; we never say yes.
"""

import json
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.settings import Settings, settings
from dashboard.who import COOKIE, holder
from db import sign_ins
from db.models import now
from db.session import session
from pipelines.signing_in import SignInRefused, TooOften, by_password

LARGEST = 8192  # bytes of what is said at the door
SEALED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def sign_in(request: Request) -> Response:
    """A login and its password; the answer sets the cookie."""
    config = settings()
    said = await _said(request)
    login, password = said.get("login"), said.get("password")
    if config.sign_in != "local" or not isinstance(login, str) or not isinstance(password, str):
        return _answer(400, "Sign in on the page.")
    address = request.client.host if request.client else ""
    try:
        secret = await run_sync(by_password, config, login, password, address)
    except TooOften as refusal:
        wait = max(1, round((refusal.until - now()).total_seconds()))
        return _answer(429, str(refusal), {"Retry-After": str(wait)})
    except SignInRefused as refusal:
        return _answer(401, str(refusal))
    return await _let_in(request, config, secret)


async def take(request: Request) -> Response:
    """Put into the cookie what a page has begun for whom the provider vouched."""
    config = settings()
    secret = (await _said(request)).get("secret")
    if config.sign_in != "oidc" or not isinstance(secret, str):
        return _answer(400, "Sign in on the page.")
    if await run_sync(holder, config, secret) is None:
        return _answer(401, "You were signed out. Sign in again.")
    return await _let_in(request, config, secret)


async def sign_out(request: Request) -> Response:
    """The cookie is worth nothing from now on, and gone from the browser."""
    if request.headers.get("X-Telltale") != "door":
        return _answer(403, "Sign out on the page.")
    await run_sync(_end, request.cookies.get(COOKIE, ""))
    answer = _answer(200, "")
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


async def _let_in(request: Request, config: Settings, secret: str) -> Response:
    await run_sync(_end, request.cookies.get(COOKIE, ""))  # whoever was here before, in this browser
    answer = _answer(200, "")
    answer.set_cookie(
        COOKIE, secret, max_age=round(config.session_hours * 3600), httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def _end(secret: str) -> None:
    with session() as opened:
        sign_ins.end(opened, secret)


async def _said(request: Request) -> dict[str, Any]:
    """The JSON that was sent; empty where it did not come from our page, is too long, or is none."""
    if request.headers.get("X-Telltale") != "door":
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return {}
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status, headers={**SEALED, **(headers or {})})


DOOR: list[BaseRoute] = [
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/provider", take, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
