"""The launcher: a clear word where it can't start, both children up, one revived, both ended."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import ROOT, Settings
from scripts import crew
from tests.ports import free_port

PATIENCE = 120  # s; a busy machine takes its time


def start(folder: Path, port: str) -> subprocess.Popen[bytes]:
    """`make run` without the setup, on a data folder of its own; what it says goes to a file, which never fills up."""
    surroundings = os.environ | {"TELLTALE_HOME": str(folder / "home"), "PORT": port, "BROWSER": "true"}
    command = [sys.executable, "-m", "scripts.desk"]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stdout=said, stderr=said, start_new_session=True
        )


@pytest.fixture
def port() -> str:
    """One that is free."""
    return str(free_port())


@pytest.fixture
def desk(tmp_path: Path, port: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running launcher; it and all its children are gone after the test."""
    process = start(tmp_path, port)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def eventually(what: Callable[[], object]) -> object:
    """What `what` gives as soon as that is true; fails after a while."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.2)
    return pytest.fail(f"this did not happen within {PATIENCE} s")


def test_workers_that_were_started_are_ended_where_the_next_can_t_be(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    ended: list[object] = []

    class Worker:
        def __init__(self, _name: str) -> None:
            if started:
                raise OSError("no more processes")
            self.process = object()
            started.append(self.process)

    monkeypatch.setattr(crew, "Worker", Worker)
    monkeypatch.setattr(crew, "settings", lambda: Settings(workers=2))
    monkeypatch.setattr(crew, "heed_signals", lambda: None)
    monkeypatch.setattr(crew, "end", lambda *children: ended.extend(children))
    with pytest.raises(OSError, match="no more processes"):
        crew.main()
    assert ended == started


def answers(port: str) -> bool:
    """Whether the first page can be had."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=3) as reply:
            return reply.status == 200
    except OSError:
        return False


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes of its group that run the worker."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,pgid,args"], capture_output=True, text=True, check=True).stdout
    fields = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [
        int(pid) for pid, group, args in fields if int(group) == process.pid and "pipelines.worker" in args
    ]


@pytest.mark.slow
def test_both_run_the_worker_is_revived_and_one_signal_ends_all(
    desk: subprocess.Popen[bytes], port: str, tmp_path: Path
) -> None:
    eventually(lambda: answers(port))
    (first,) = eventually(lambda: workers_of(desk))
    os.kill(first, signal.SIGKILL)
    eventually(lambda: [pid for pid in workers_of(desk) if pid != first])
    assert answers(port)
    desk.send_signal(signal.SIGTERM)
    assert desk.wait(PATIENCE) == 0
    assert "starting it again" in (tmp_path / "said").read_text()
    assert not answers(port)
    eventually(lambda: not workers_of(desk))


def test_a_taken_port_is_said_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert start(tmp_path, str(taken.getsockname()[1])).wait(PATIENCE) == 1
    assert "Choose one: PORT=" in (tmp_path / "said").read_text()


def test_a_port_that_is_none_is_said(tmp_path: Path) -> None:
    assert start(tmp_path, "eighty").wait(PATIENCE) == 1
    assert "'eighty'" in (tmp_path / "said").read_text()
