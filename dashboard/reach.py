"""Who can reach the desk. Where nobody signs in every visitor is admin, so then nobody but this machine may.

Looked at twice: at the start, where the desk was told to listen; and at each request, where it really came in. An ASGI
server of somebody's own may listen where our settings know nothing of.
"""

from collections.abc import Collection
from ipaddress import ip_address

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import TelltaleError
from core.settings import Settings, settings

SIGN_IN_FIRST = (
    "Nobody signs in at this desk (TELLTALE_SIGN_IN is off), so whoever reaches it may do everything. It answers this "
    "machine alone. To let others in: make an account with `python -m scripts.add_user NAME --role admin`, then start "
    "with TELLTALE_SIGN_IN=local."
)
# What a proxy adds for others. One that adds nothing can't be told from a browser here: docs/security.md.
PROXIED: frozenset[bytes] = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


class OpenToAll(TelltaleError):
    """The desk would let strangers in."""


def refuse_open(config: Settings, address: str | None) -> None:
    """Look at where the desk is going to listen; None is everywhere.

    Raises:
        OpenToAll: `open_to_all` where nobody signs in and others could reach it.
    """
    if config.sign_in == "off" and not is_this_machine(address):
        where = f"the address {address}" if address else "every address of this machine"
        raise OpenToAll(
            "open_to_all", f"The desk does not start: it would listen on {where}. {SIGN_IN_FIRST} Or leave "
            "server.address at 127.0.0.1.",
        )  # fmt: skip


def is_this_machine(address: str | None) -> bool:
    """Whether only this machine can reach what listens here. A name other than localhost may mean anything."""
    if address == "localhost":
        return True
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


class OnlyThisMachine:
    """Refuses what came in from elsewhere while nobody signs in; stands before everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and settings().sign_in == "off" and not _from_here(scope):
            answer = PlainTextResponse(SIGN_IN_FIRST, 403, headers={"Cache-Control": "no-store"})
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _from_here(scope: Scope) -> bool:
    """By our own end of the connection: the other end is whatever a proxy says."""
    ours = scope.get("server") or (None,)
    return is_this_machine(ours[0]) and not _proxied(scope["headers"])


def _proxied(headers: Collection[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() in PROXIED for name, _ in headers)
