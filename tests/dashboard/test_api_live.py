"""The API in the running desk: beside the pages, under the same host check, with a stream as its body."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError, URLError

import pytest

from core.settings import ROOT, Settings
from db import people
from db.migrate import migrate
from db.session import session

SAMPLE = ROOT / "samples" / "portrait_genuine.mp4"
PATIENCE = 120  # s for a server to start on a busy machine


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A running desk of its own, and a token of its built-in user."""
    config = Settings(home=tmp_path_factory.mktemp("live"))
    migrate(config)
    with session(config) as opened:
        token = people.new_token(opened, people.desk_user(opened), "live")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}", "--server.headless=true"]
    environment = os.environ | {"TELLTALE_HOME": str(config.home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
    try:
        _wait(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}/api/v1", token
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def test_a_file_goes_in_and_its_job_is_told(desk: tuple[str, str]) -> None:
    base, token = desk
    sent = urllib.request.Request(f"{base}/files?name=portrait.mp4", SAMPLE.read_bytes(), method="POST")
    status, job = ask(sent, token)
    assert (status, job["state"], job["name"]) == (202, "queued", "portrait.mp4")
    assert ask(urllib.request.Request(f"{base}/jobs/{job['id']}"), token) == (200, job)


def test_without_a_token_it_says_no(desk: tuple[str, str]) -> None:
    status, said = ask(urllib.request.Request(f"{desk[0]}/me"), None)
    assert (status, said["error"]["code"]) == (401, "no_token")


def test_it_answers_under_its_own_name_only(desk: tuple[str, str]) -> None:
    other = urllib.request.Request(f"{desk[0]}/openapi.json", headers={"Host": "elsewhere.example"})
    with pytest.raises(HTTPError) as refusal:
        urllib.request.urlopen(other, timeout=30)
    assert refusal.value.code == 400


def test_the_description_is_there_without_a_token(desk: tuple[str, str]) -> None:
    with urllib.request.urlopen(f"{desk[0]}/docs", timeout=30) as page:
        assert b"Submit a file" in page.read()


def ask(request: urllib.request.Request, token: str | None) -> tuple[int, dict[str, object]]:
    """Status and JSON of an answer."""
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "The desk stopped before it answered; its words are above."
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail("The desk did not answer in time.")
