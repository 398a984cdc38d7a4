"""Who may ask: tokens, rights, and how often."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import TelltaleError
from core.settings import settings
from dashboard.routes import HEADERS
from db import people
from db.rights import Action, User, require
from db.session import session

MOST_CALLERS = 10_000  # remembered at once; the one who asked longest ago is forgotten
MINUTE = 60.0  # s
STRANGERS = 30  # wrong tokens a minute from one address
LARGEST_BODY = 1 << 20  # bytes of JSON
STREAMED = frozenset({"/files"})  # takes files, which have a limit of their own and are never held in memory

bearer = HTTPBearer(auto_error=False, description="A token of yours: telltale_…")


class NotKnown(TelltaleError):
    """No token, or one that is worth nothing."""


class TooMany(TelltaleError):
    """Asked too often; `seconds` until the next request is answered."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too_many", f"Too many requests. Ask again in {seconds:.0f} s.")
        self.seconds = seconds


@dataclass
class _Bucket:
    left: float
    at: float  # s, of a clock that only goes on


class Pace:
    """So many requests a minute from each caller: saved up to one minute's worth, then one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, caller: str, a_minute: int) -> None:
        """One request.

        Raises:
            TooMany: this caller has none left.
        """
        now = self._clock()
        bucket = self._buckets.pop(caller, None) or _Bucket(float(a_minute), now)
        bucket.left = min(float(a_minute), bucket.left + (now - bucket.at) * a_minute / MINUTE)
        bucket.at = now
        self._remember(caller, bucket)
        if bucket.left < 1:
            raise TooMany(max(1.0, (1 - bucket.left) * MINUTE / a_minute))
        bucket.left -= 1

    def forget(self) -> None:
        """Begin anew."""
        self._buckets.clear()

    def _remember(self, caller: str, bucket: _Bucket) -> None:
        self._buckets[caller] = bucket  # at the end: the first is who asked longest ago
        if len(self._buckets) > MOST_CALLERS:
            del self._buckets[next(iter(self._buckets))]


pace = Pace()


def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> User:
    """Whose token came with the request.

    Raises:
        NotKnown: `no_token`, `bad_token`.
        TooMany: `too_many`.
    """
    if given is None:
        raise NotKnown("no_token", "Send a token: Authorization: Bearer telltale_… Make one on the page Account.")
    with session() as opened:
        user = people.by_token(opened, given.credentials)
    if user is None or (user.login == people.DESK and settings().sign_in != "off"):
        # The built-in user is at the desk only where nobody signs in; so are the tokens made for it.
        pace.spend(f"stranger {request.client.host if request.client else ''}", STRANGERS)
        raise NotKnown("bad_token", "This token is unknown, or it was revoked.")
    pace.spend(f"user {user.id}", settings().api_requests)
    return user


def _who_may(action: Action) -> Any:
    """The caller, who must be allowed this."""

    def allowed(user: Annotated[User, Depends(caller)]) -> User:
        require(user, action)
        return user

    return Depends(allowed)


Seeing = Annotated[User, _who_may("see")]
TakingIn = Annotated[User, _who_may("take_in")]
Running = Annotated[User, _who_may("run")]
Judging = Annotated[User, _who_may("judge")]
SigningOff = Annotated[User, _who_may("sign_off")]
Exporting = Annotated[User, _who_may("export")]


class Sealed:
    """Puts on every answer that it is nobody else's to read, and that nobody keeps it.

    Also bounds what is said: FastAPI reads the whole of a JSON body before it asks whose it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**HEADERS, "Cache-Control": "no-store"})
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].removeprefix(scope["root_path"]) in STREAMED:
            await self._app(scope, receive, sealed)
        else:
            await self._app(scope, _bounded(receive), sealed)


def _bounded(receive: Receive) -> Receive:
    heard = 0

    async def bounded() -> Message:
        nonlocal heard
        message = await receive()
        heard += len(message.get("body", b""))
        if heard > LARGEST_BODY:
            raise HTTPException(413, "This is too much for one request.")
        return message

    return bounded
