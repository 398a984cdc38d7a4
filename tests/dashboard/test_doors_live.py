"""The doors of the real server, as a browser and a stranger meet them: what stands before our routes counts, too."""

import base64
import os
import secrets
import subprocess

import httpx2
import pytest

from core.settings import ROOT
from dashboard.api.page import POLICY
from dashboard.headers import HEADERS
from dashboard.who import COOKIE
from pipelines.originals import path_of
from tests.dashboard.live import LARGEST, SERVER, SHA256, Live
from tests.dashboard.signed_in import PASSWORD, account
from tests.dashboard.test_every_route import EVERY, GUARDED

OURS = {"X-Telltale": "door"}
ELSEWHERE = "https://elsewhere.example"


def sign_in(live: Live, login: str, password: str, **headers: str) -> httpx2.Response:
    with live.client() as browser:
        return browser.post("/sign-in", json={"login": login, "password": password}, headers=OURS | headers)


@pytest.mark.parametrize("path", ["/", "/history", "/_stcore/health", "/evidence/1", "/api/v1/me", "/api/v1/docs",
                                  "/healthz", "/static/none.js", "/nothing/of/the/kind"])  # fmt: skip
def test_every_answer_carries_the_policy(live: Live, path: str) -> None:
    with live.client() as browser:
        answer = browser.get(path)
    policy = answer.headers["content-security-policy"]
    told = {name: answer.headers.get(name) for name in HEADERS}
    assert told == HEADERS | {"Content-Security-Policy": policy}
    assert policy == (POLICY if path == "/api/v1/docs" else HEADERS)["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy and "'unsafe-inline'" not in policy.split("style-src")[0]


def test_the_cookie_is_kept_from_scripts_and_other_sites(live: Live) -> None:
    account(live.config, "cora")
    plain = sign_in(live, "cora", PASSWORD).headers["set-cookie"].lower()
    assert plain.startswith(f"{COOKIE}=") and "httponly" in plain and "samesite=strict" in plain
    assert "secure" not in plain and "domain" not in plain
    proxied = sign_in(live, "cora", PASSWORD, **{"X-Forwarded-Proto": "https"})
    assert (
        "secure" in proxied.headers["set-cookie"].lower() and "strict-transport-security" in proxied.headers
    )


@pytest.mark.parametrize("path", ["/", "/evidence/1", "/sign-in", "/api/v1/openapi.json", "/_stcore/health"])
def test_it_answers_under_its_own_name_only(live: Live, path: str) -> None:
    with live.client(live.cookie(f"host-{secrets.token_hex(4)}")) as browser:
        assert browser.get(path, headers={"Host": "elsewhere.example"}).status_code == 400


def opened_socket(live: Live, origin: str) -> int:
    """The status of the answer to somebody who wants to talk to the pages from this origin."""
    asked = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Origin": origin,
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }  # fmt: skip
    with live.client() as browser, browser.stream("GET", "/_stcore/stream", headers=asked) as answer:
        return answer.status_code


def test_another_site_does_not_talk_to_the_pages(live: Live) -> None:
    assert opened_socket(live, live.address) == 101
    assert opened_socket(live, ELSEWHERE) == 403


@pytest.mark.parametrize(
    "route", [route for route in EVERY if route[0] == "POST" and EVERY[route].by != "token"]
)
def test_another_site_s_form_changes_nothing(live: Live, route: tuple[str, str]) -> None:
    cookie = live.cookie(f"form-{secrets.token_hex(4)}", "admin")
    with live.client(cookie) as browser:
        form = {"login": "ada", "password": PASSWORD}
        answer = browser.post(EVERY[route].path, data=form, headers={"Origin": ELSEWHERE})
        assert answer.status_code in (400, 403) and "set-cookie" not in answer.headers
        first = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "x-telltale"}  # fmt: skip
        assert "access-control-allow-origin" not in browser.options(EVERY[route].path, headers=first).headers
        assert browser.get("/evidence/1").status_code == 200  # she is still signed in


def test_guessed_addresses_open_nothing(live: Live) -> None:
    stranger, without_role = live.client(secrets.token_urlsafe(32)), live.client(live.cookie("eve", None))
    bob = live.client(live.cookie("bob"))
    with stranger, without_role, bob:
        for route, address in GUARDED.items():
            if route[0] != "GET" or address.by != "cookie":
                continue
            path = "/" + address.path.format(**live.there).lstrip("/")
            assert stranger.get(path).status_code == 401, route
            assert without_role.get(path).status_code == 403, route
            if address.there and "analyst" in address.roles:
                assert bob.get(path).status_code == 200, route  # it was worth guessing


@pytest.mark.parametrize("path", ["/artifacts/../telltale.sqlite", "/artifacts/%2e%2e/telltale.sqlite",
                                  "/artifacts/..%2ftelltale.sqlite", "/reports/..%2ftelltale.sqlite"])  # fmt: skip
def test_no_address_leads_out_of_a_folder(live: Live, path: str) -> None:
    with live.client(live.cookie(f"path-{secrets.token_hex(4)}", "admin")) as browser:
        answer = browser.get(path)
    assert b"SQLite format" not in answer.content


def test_an_upload_ends_where_the_limit_is(live: Live) -> None:
    sent = []

    def body() -> "object":
        for _ in range(8):
            sent.append(1)
            yield secrets.token_bytes(LARGEST // 4)

    with live.client(live.cookie("ulla")) as browser:
        answer = browser.post("/upload?name=large.mp4", content=body(), headers={"X-Telltale": "upload"})  # type: ignore[arg-type]
    assert answer.status_code == 200 and "1.0 MB, the most that this desk takes" in answer.json()["message"]
    assert (
        not list((live.config.home / "incoming").iterdir()) and path_of(live.config.home, SHA256).is_file()
    )


def test_guessing_passwords_is_slowed(live: Live) -> None:
    account(live.config, "gina")
    wrong = [sign_in(live, "gina", f"guess {number}") for number in range(6)]
    assert [one.status_code for one in wrong] == [401] * 5 + [429]
    right = sign_in(live, "gina", PASSWORD)
    assert (
        right.status_code == 429
        and int(right.headers["retry-after"]) > 0
        and "set-cookie" not in right.headers
    )


def test_what_the_desk_makes_is_nobody_else_s(live: Live) -> None:
    assert live.config.home.stat().st_mode & 0o077 == 0


def test_without_signing_in_it_does_not_listen_to_others() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TELLTALE_SIGN_IN": "off"}
    command = [*SERVER, "--server.address=0.0.0.0", "--server.port=8639"]
    tried = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert tried.returncode != 0 and "it would listen on the address 0.0.0.0" in tried.stdout + tried.stderr


def test_guessing_tokens_is_slowed(live: Live) -> None:  # last: this address has to wait a minute now
    tried: list[int] = []
    with live.client() as program:
        while 429 not in tried and len(tried) < 120:  # one more may be tried every two seconds
            guess = {"Authorization": f"Bearer {secrets.token_urlsafe()}"}
            tried.append(program.get("/api/v1/me", headers=guess).status_code)
    assert tried[:30] == [401] * 30 and tried[-1] == 429
