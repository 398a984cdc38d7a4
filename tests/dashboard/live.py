"""One running desk for all tests that ask a real server: people sign in there, and programs come with a token."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.settings import ROOT, Settings
from dashboard.who import COOKIE
from db import cases, people
from db.cases import Asked
from db.migrate import migrate
from db.models_people import Role
from db.rights import User
from db.session import session
from pipelines.reports.issue import issue
from tests.dashboard.signed_in import account, secret_of
from tests.dashboard.stored import CLIP, clip, done_job, evidence, put_card, put_clip, store, track
from tests.ports import free_port

SHA256 = CLIP
LARGEST = 1 << 20  # bytes that this desk takes
PATIENCE = 240  # s for a server to start on a busy machine
SERVER = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.headless=true")


@dataclass(frozen=True)
class Live:
    """Where it answers, its settings, and what Ada has there: names as the table of all routes has them."""

    address: str
    config: Settings
    ada: User
    there: dict[str, Any]

    def client(self, cookie: str = "") -> httpx2.Client:
        """A browser, perhaps with somebody's cookie."""
        return httpx2.Client(base_url=self.address, timeout=60, cookies={COOKIE: cookie} if cookie else None)

    def cookie(self, login: str, role: Role | None = "analyst") -> str:
        """The cookie of somebody new."""
        user = account(self.config, login)
        with session(self.config) as opened:
            people.set_role(opened, people.desk_user(opened), user.id, role)
        return secret_of(self.config, user)

    def token(self) -> str:
        """A new token of Ada's."""
        with session(self.config) as opened:
            return people.new_token(opened, self.ada, "live")


def running(folder: Path) -> Iterator[Live]:
    """A desk with Ada's things on it, answered by a server of its own until the end."""
    config = Settings(home=folder / "home", models=folder / "models", sign_in="local", max_bytes=LARGEST)
    migrate(config)
    put_card(config.models)
    ada = account(config, "ada")
    there = _put(config, ada)
    port = free_port()
    told = {
        "HOME": str(config.home),
        "MODELS": str(config.models),
        "SIGN_IN": "local",
        "MAX_BYTES": str(LARGEST),
    }
    environment = (
        os.environ | {"PYTHONPATH": str(ROOT)} | {f"TELLTALE_{key}": said for key, said in told.items()}
    )
    process = subprocess.Popen([*SERVER, f"--server.port={port}"], cwd=ROOT, env=environment)
    try:
        _wait(f"http://localhost:{port}/_stcore/health", process)
        yield Live(f"http://localhost:{port}", config, ada, there)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _put(config: Settings, ada: User) -> dict[str, Any]:
    put_clip(config, SHA256)
    analysis = store(config, evidence(clip(sha256=SHA256), (track("A", 3.0, "signs"),)), (("A", 2),))
    with session(config) as opened:
        case = cases.start(opened, ada, Asked("Her case"))
    artifact = next((config.home / "artifacts").rglob("*.png")).relative_to(config.home)
    return {
        "sha256": SHA256, "analysis": analysis, "case": case, "artifact": artifact,
        "job": done_job(config, analysis, "clip.mp4"),
        "report": issue(config, ada, "analysis", analysis, "csv").reference,
    }  # fmt: skip


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "The desk stopped before it answered; its words are above."
        try:
            httpx2.get(address, timeout=5).raise_for_status()
            return
        except httpx2.HTTPError:
            time.sleep(0.3)
    pytest.fail(f"the desk did not answer within {PATIENCE} s")
