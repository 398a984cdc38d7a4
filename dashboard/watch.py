"""How the desk is doing, for programs: /healthz and /metrics. For this machine alone, or for whoever has the token."""

import hmac

from anyio.to_thread import run_sync
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.settings import settings
from dashboard.reach import PROXIED, is_this_machine
from dashboard.routes import HEADERS
from pipelines.keeping.watching import exposition, health

FRESH = {**HEADERS, "Cache-Control": "no-store"}


async def healthz(request: Request) -> Response:
    """200 where all is well, 503 with sentences where it is not."""
    if not _may(request):
        return _nothing()
    try:
        found = await run_sync(health, settings())
    except OperationalError:
        return JSONResponse({"status": "down", "complaints": ["The database does not answer."]}, 503, headers=FRESH)
    status = "poor" if found.complaints else "ok"
    answer = {"status": status, "complaints": list(found.complaints)}
    return JSONResponse(answer, 503 if found.complaints else 200, headers=FRESH)


async def metrics(request: Request) -> Response:
    """The figures as Prometheus reads them."""
    if not _may(request):
        return _nothing()
    text = await run_sync(exposition, settings())
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=FRESH)


def _may(request: Request) -> bool:
    """With a token set, only who sends it; without, only this machine, and nobody through a proxy on it."""
    token = settings().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    through = PROXIED & {name.lower() for name, _ in request.headers.raw}
    return request.client is not None and is_this_machine(request.client.host) and not through


def _nothing() -> Response:
    return PlainTextResponse("There is nothing here.", 404, headers=FRESH)


WATCH: list[BaseRoute] = [Route("/healthz", healthz), Route("/metrics", metrics)]
