"""Signing in with an OIDC provider, the whole round in a real browser: who comes in, and whose word opens nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import update

from core.settings import Settings, settings
from dashboard.who import COOKIE
from db import audit, people
from db.models import now
from db.models_people import SignIn
from db.session import session
from tests.actors import DESK
from tests.dashboard.provider import CLIENT, Provider, providing
from tests.dashboard.test_browser import ROOT, answers, page, pytestmark, status, stop
from tests.ports import free_port

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["page", "pytestmark"]

ASK = "Sign in with your organisation"
SECRETS = """
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "a long random text of this test"
client_id = "{client}"
client_secret = "x"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "of-somebody-else"},
    "expired": {"iat": time.time() - 7200, "exp": time.time() - 3600},
    "for another program": {"aud": "somebody-else"},
    "of another issuer": {"iss": "https://id.example.org"},
}


@pytest.fixture
def oidc(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an empty desk where a provider vouches."""
    monkeypatch.setenv("TELLTALE_SIGN_IN", "oidc")
    settings.cache_clear()
    return settings()


@contextmanager
def desk(port: int, provider: Provider, folder: Path) -> Iterator[str]:
    """A served desk that sends people to the provider; its environment is the one of this process."""
    secrets = folder / "secrets.toml"
    secrets.write_text(SECRETS.format(port=port, client=CLIENT, provider=provider.address))
    told = [f"--server.port={port}", "--server.headless=true", f"--secrets.files={secrets}"]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", *told]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        answers(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}"
    finally:
        stop(process)


@pytest.mark.slow
def test_who_is_vouched_for_comes_in_with_her_role_and_a_lie_opens_nothing(
    oidc: Settings, page: "playwright.Page", tmp_path: Path
) -> None:
    with providing(free_port()) as provider, desk(free_port(), provider, tmp_path) as address:
        lies_open_nothing(oidc, page, address, provider)
        an_old_word_opens_nothing(oidc, page, address, provider)
        she_waits_for_a_role_and_comes_in_with_it(oidc, page, address)
        our_own_time_ends_it(oidc, page, address)


def lies_open_nothing(config: Settings, page: "playwright.Page", address: str, provider: Provider) -> None:
    """Nobody is known afterwards, and the page asks again."""
    for claims in LIES.values():
        provider.says = claims
        refused(page, address)
    provider.says, provider.key = {}, RSAKey.generate_key(2048, {"kid": "one"})
    refused(page, address)
    provider.key = provider.known
    with session(config) as opened:
        assert people.everybody(opened) == []


def an_old_word_opens_nothing(
    config: Settings, page: "playwright.Page", address: str, provider: Provider
) -> None:
    """Streamlit takes it, for the token has not expired; we don't."""
    provider.says = {"iat": int(time.time()) - 600}
    ask(page, address)
    page.get_by_text("You were signed out. Sign in again.").wait_for()
    nobody_is_in(page, address)
    provider.says = {}
    with session(config) as opened:
        assert people.everybody(opened) == []


def she_waits_for_a_role_and_comes_in_with_it(config: Settings, page: "playwright.Page", address: str) -> None:
    ask(page, address)
    page.get_by_text("without a role").wait_for()
    assert status(page, f"{address}/evidence/1") == 403
    with session(config) as opened:
        eve = people.by_login(opened, "eve@example.org")
        assert eve and eve.name == "Eve" and eve.role is None
        people.set_role(opened, DESK, eve.id, "editor")
    page.goto(f"{address}/log")  # editors read it
    page.get_by_role("heading", name="Log").wait_for()
    assert status(page, f"{address}/evidence/1") == 404
    page.goto(f"{address}/system")  # admins alone
    playwright.expect(page.get_by_role("heading", name="System")).to_have_count(0)
    with session(config) as opened:
        assert audit.events(opened, action="signed_in")[0].actor == "eve@example.org"


def our_own_time_ends_it(config: Settings, page: "playwright.Page", address: str) -> None:
    """The provider's token and Streamlit's cookie would still be good for a long time."""
    with session(config) as opened:
        opened.execute(update(SignIn).values(expires_at=now() - timedelta(seconds=1)))
    assert status(page, f"{address}/evidence/1") == 401


def ask(page: "playwright.Page", address: str) -> None:
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_role("button", name=ASK).click()


def refused(page: "playwright.Page", address: str) -> None:
    with page.expect_response(lambda answer: "/oauth2callback" in answer.url):
        ask(page, address)
    page.get_by_role("button", name=ASK).wait_for()
    assert not [one for one in page.context.cookies() if one["name"].startswith("_streamlit_user")]
    nobody_is_in(page, address)


def nobody_is_in(page: "playwright.Page", address: str) -> None:
    assert not [one for one in page.context.cookies() if one["name"] == COOKIE]
    assert status(page, f"{address}/evidence/1") == 401
