"""A small OIDC provider on this machine. It vouches for whom a test says, at once, and can be told to lie."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "telltale"
LASTS = 3600  # s


class Provider:
    """`says` are claims of the next ID tokens that replace the right ones; `key` is what they are signed with."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.says: dict[str, Any] = {}
        self.known = self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self._asked: dict[str, str] = {}  # nonces, by the code that was given for them

    def claims(self, nonce: str) -> dict[str, Any]:
        """What an ID token says, unless told otherwise."""
        moment = int(time.time())
        right = {"iss": self.address, "aud": CLIENT, "iat": moment, "exp": moment + LASTS, "nonce": nonce}
        return right | {"sub": "7", "email": "Eve@Example.org", "name": "Eve"} | self.says

    def metadata(self, _request: Request) -> Response:
        """Where everything is."""
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        found = {name: f"{self.address}/{path}" for name, path in paths.items()}
        return JSONResponse(found | {"issuer": self.address, "id_token_signing_alg_values_supported": ["RS256"]})

    def keys(self, _request: Request) -> Response:
        """The key that is known to all."""
        return JSONResponse({"keys": [self.known.as_dict(private=False) | {"kid": "one"}]})

    def authorize(self, request: Request) -> Response:
        """Back to who asked, with a code."""
        asked, code = request.query_params, secrets.token_hex(8)
        assert asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
        self._asked[code] = asked["nonce"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        """An ID token for a code, once."""
        async with request.form() as form:
            nonce = self._asked.pop(str(form["code"]))
        token = jwt.encode({"alg": "RS256", "kid": "one"}, self.claims(nonce), self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})


@contextmanager
def providing(port: int) -> Iterator[Provider]:
    """The provider while it is there."""
    provider = Provider(f"http://localhost:{port}")
    routes = [
        Route("/.well-known/openid-configuration", provider.metadata),
        Route("/keys", provider.keys),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), "localhost", port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
