"""In a real browser: shut out, sign in, see the queue, sign out, be shut out again."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.settings import Settings
from dashboard.who import COOKIE
from tests.dashboard.signed_in import PASSWORD, account
from tests.dashboard.test_browser import ROOT, answers, page, pytestmark, status, stop
from tests.ports import free_port

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["page", "pytestmark"]

LOGIN = "ada@desk.example"


@pytest.fixture
def address(local: Settings) -> Iterator[str]:
    """A desk where people sign in; its environment is the one that `local` has set."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}"]
    desk = subprocess.Popen(
        [*command, "--server.headless=true"], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        answers(f"http://localhost:{port}/_stcore/health", desk)
        yield f"http://localhost:{port}"
    finally:
        stop(desk)


def test_in_and_out(local: Settings, address: str, page: "playwright.Page") -> None:
    account(local, LOGIN)
    page.goto(f"{address}/history")
    sign_in(page, "not this one")
    playwright.expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    assert status(page, f"{address}/evidence/1") == 401
    sign_in(page, PASSWORD)
    page.get_by_role("heading", name="History").wait_for()  # where she wanted to go
    page.get_by_role("link", name="Queue").click()
    page.get_by_test_id("dropzone").wait_for()
    (cookie,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert COOKIE not in page.evaluate("document.cookie").replace("streamlit", "")
    assert status(page, f"{address}/evidence/1") == 404
    her_login_is_text(page, address)
    leave(page)
    page.context.add_cookies([cookie])  # a copy that somebody kept
    page.goto(address)
    page.get_by_test_id("sign-in").wait_for()
    assert page.get_by_test_id("dropzone").count() == 0
    assert status(page, f"{address}/evidence/1") == 401


def sign_in(page: "playwright.Page", password: str, login: str = LOGIN) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def her_login_is_text(page: "playwright.Page", address: str) -> None:
    """An address in a login is no link: nobody writes a mail to it."""
    page.goto(f"{address}/account")
    page.get_by_text(f"{LOGIN} · Analyst").wait_for()
    assert page.locator("a[href^='mailto:']").count() == 0


def leave(page: "playwright.Page") -> None:
    page.get_by_role("button", name="Ada").click()
    page.get_by_test_id("sign-out").click()
    page.get_by_test_id("sign-in").wait_for()
