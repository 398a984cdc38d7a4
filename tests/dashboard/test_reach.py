"""Where nobody signs in, only this machine is answered: however the desk was told, or came, to listen elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from core.settings import ROOT, Settings, settings
from dashboard.reach import OnlyThisMachine, OpenToAll, is_this_machine, refuse_open

PATIENCE = 300  # s for a desk to end on a busy machine
HERE = ["127.0.0.1", "127.0.0.2", "localhost", "::1", "::ffff:127.0.0.1"]
ELSEWHERE = [
    None, "", "0.0.0.0", "::", "192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "desk.example.org", "*", "/run/desk",
]  # fmt: skip


@pytest.mark.parametrize(("address", "here"), [*((one, True) for one in HERE), *((one, False) for one in ELSEWHERE)])
def test_what_only_this_machine_can_reach(address: str | None, here: bool) -> None:
    assert is_this_machine(address) is here


@pytest.mark.parametrize("address", ELSEWHERE)
def test_it_listens_elsewhere_only_where_people_sign_in(address: str | None) -> None:
    with pytest.raises(OpenToAll, match="TELLTALE_SIGN_IN=local"):
        refuse_open(Settings(sign_in="off"), address)
    refuse_open(Settings(sign_in="local"), address)
    refuse_open(Settings(sign_in="oidc"), address)


async def _greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("come in")


@pytest.fixture
def served(config: Settings) -> Starlette:
    """A server that says yes to everybody whom the middleware lets pass."""
    routes = [Route("/", lambda _request: PlainTextResponse("come in")), WebSocketRoute("/pages", _greet)]
    return Starlette(routes=routes, middleware=[Middleware(OnlyThisMachine)])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_is_answered(served: Starlette, host: str) -> None:
    client = TestClient(served, base_url=f"http://{host}:8501")
    assert client.get("/").text == "come in"
    with client.websocket_connect(f"ws://{host}:8501/pages") as socket:
        assert socket.receive_text() == "come in"


@pytest.mark.parametrize("host", ["192.0.2.7", "[2001:db8::7]", "desk.example.org"])
def test_what_came_in_elsewhere_is_not(served: Starlette, host: str) -> None:
    client = TestClient(served, base_url=f"http://{host}:8501")
    answer = client.get("/", headers={"Host": "localhost:8501"})  # the name it asks for changes nothing
    assert answer.status_code == 403 and "scripts.add_user" in answer.text
    with pytest.raises(WebSocketDenialResponse) as refusal, client.websocket_connect(f"ws://{host}:8501/pages"):
        pass
    assert refusal.value.status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-real-ip", "Forwarded", "X-Forwarded-Proto", "Via"])
def test_nor_what_a_proxy_brings(served: Starlette, header: str) -> None:
    client = TestClient(served, base_url="http://127.0.0.1:8501")
    assert client.get("/", headers={header: "127.0.0.1"}).status_code == 403


def test_where_people_sign_in_everybody_may_knock(served: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_SIGN_IN", "local")
    settings.cache_clear()
    client = TestClient(served, base_url="http://192.0.2.7:8501")
    assert client.get("/", headers={"X-Forwarded-For": "198.51.100.9"}).text == "come in"


@pytest.mark.slow
def test_it_does_not_start_however_it_is_told_to_listen_elsewhere(tmp_path: Path) -> None:
    app = str(ROOT / "dashboard" / "app.py")
    run = [sys.executable, "-m", "streamlit", "run", app, "--server.port=0", "--server.headless=true"]
    (tmp_path / "no_config").mkdir()
    started = [
        start(tmp_path, [*run, "--server.address=0.0.0.0"], ROOT),
        start(tmp_path, run, tmp_path / "no_config"),  # Streamlit then listens everywhere
        start(tmp_path, [sys.executable, "-m", "scripts.desk"], ROOT, STREAMLIT_SERVER_ADDRESS="::", PORT="8659"),
    ]
    for process in started:
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode not in (0, None)
        assert "The desk does not start" in said and "TELLTALE_SIGN_IN=local" in said, said


def start(home: Path, command: list[str], folder: Path, **told: str) -> subprocess.Popen[str]:
    """A command of a desk where nobody signs in, run in this folder and told more by its environment."""
    environment = {**os.environ, "TELLTALE_HOME": str(home / "home"), "PYTHONPATH": str(ROOT), "BROWSER": "true"}
    return subprocess.Popen(
        command, cwd=folder, env=environment | told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
