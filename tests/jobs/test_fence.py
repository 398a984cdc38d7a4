"""What a file can't reach once it has taken the decoding process over: tried from inside, past Python too."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from pipelines.confine import Confined, Limits, Reach
from pipelines.fence import missing

LIMITS = Limits(memory=2**30, seconds=20)
SECRET = "postgresql://desk:secret@host/desk"

pytestmark = pytest.mark.skipif(
    bool(missing()) and "CI" not in os.environ, reason="This system holds no such fence: " + " ".join(missing())
)


def _thread(_request: dict[str, Any]) -> str:
    said: list[str] = []
    other = threading.Thread(target=lambda: said.append("ran"))
    other.start()
    other.join()
    return said[0]


def _call(number: int, *arguments: int) -> str:
    """A system call past Python; what the kernel answers."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return f"gave {result}"


def _more_memory(_request: dict[str, Any]) -> str:
    resource.setrlimit(resource.RLIMIT_DATA, (2**40, 2**40))
    return "allowed"


TRIALS: dict[str, Callable[[dict[str, Any]], str]] = {
    "read": lambda request: Path(request["path"]).read_text("utf-8", "replace"),
    "write": lambda request: str(Path(request["path"]).write_text("mine")),
    "remove": lambda request: str(Path(request["path"]).unlink()),
    "link": lambda request: str(Path(request["link"]).symlink_to(request["path"])) + Path(request["link"]).read_text(),
    "hear": lambda request: Path(f"/proc/{os.getppid()}/environ").read_text(),
    "tcp": lambda _request: str(socket.create_connection(("127.0.0.1", 9), timeout=1)),
    "unix": lambda _request: str(socket.socket(socket.AF_UNIX)),
    "raw socket": lambda _request: _call({"x86_64": 41, "aarch64": 198}[os.uname().machine], 2, 1, 0),
    "io_uring": lambda _request: _call(425, 1, 0),
    "program": lambda _request: str(subprocess.run(["/bin/true"]).returncode),
    "fork": lambda _request: str(os.fork()),
    "kill": lambda request: str(os.kill(request["victim"], signal.SIGTERM)),
    "kill all": lambda _request: str(os.kill(-1, signal.SIGTERM)),
    "limits of another": lambda request: str(resource.prlimit(request["victim"], resource.RLIMIT_CPU, (1, 1))),
    "more memory": _more_memory,
    "thread": _thread,
}


def escapist(_setup: dict[str, Any]) -> Any:
    """The task of these tests: tries one thing in the child, and says what came of it."""

    def attempt(request: dict[str, Any], _report: Any) -> dict[str, Any]:
        try:
            return {"got": TRIALS[request["try"]](request)}
        except (OSError, ValueError) as error:
            return {"refused": type(error).__name__}

    return attempt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk's folder: a file to be read, one that is none of the child's business, and its scratch folder."""
    home = tmp_path_factory.mktemp("desk")
    (home / "scratch").mkdir()
    (home / "clip.mp4").write_text("the clip")
    (home / "telltale.sqlite").write_text("the database")
    return home


@pytest.fixture(scope="module")
def child(folder: Path) -> Iterator[Confined]:
    """A fenced process."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Confined("tests.jobs.test_fence:escapist", LIMITS, Reach((folder / "clip.mp4",), folder / "scratch")) as made,
    ):
        patch.setenv("TELLTALE_DATABASE_URL", SECRET)
        yield made


def test_it_reads_its_file_writes_to_its_folder_and_starts_threads(child: Confined, folder: Path) -> None:
    assert child.call({"try": "read", "path": str(folder / "clip.mp4")}) == {"got": "the clip"}
    assert child.call({"try": "write", "path": str(folder / "scratch" / "found")}) == {"got": "4"}
    assert child.call({"try": "thread"}) == {"got": "ran"}


@pytest.mark.parametrize(
    "path", ["telltale.sqlite", str(ROOT / "README.md"), str(ROOT / "dashboard" / "app.py"), "/etc/passwd"]
)
def test_it_reads_nothing_else(child: Confined, folder: Path, path: str) -> None:
    assert child.call({"try": "read", "path": str(folder / path)}) == {"refused": "PermissionError"}


@pytest.mark.parametrize("doing", ["write", "remove"])
@pytest.mark.parametrize("path", ["clip.mp4", "new", "telltale.sqlite", "/tmp/telltale-fence", str(ROOT / "new.py")])
def test_it_changes_nothing_else(child: Confined, folder: Path, doing: str, path: str) -> None:
    assert "refused" in child.call({"try": doing, "path": str(folder / path)})
    assert (folder / "clip.mp4").read_text() == "the clip"
    assert not (folder / "new").exists() and not (ROOT / "new.py").exists()


def test_a_link_leads_nowhere(child: Confined, folder: Path) -> None:
    request = {"try": "link", "link": str(folder / "scratch" / "way_out"), "path": str(folder / "telltale.sqlite")}
    assert child.call(request) == {"refused": "PermissionError"}


@pytest.mark.parametrize(
    "trial", ["hear", "tcp", "unix", "raw socket", "io_uring", "program", "fork", "more memory"]
)
def test_it_has_no_network_no_programs_and_no_more_rights(child: Confined, trial: str) -> None:
    assert child.call({"try": trial}) in ({"refused": "PermissionError"}, {"refused": "ValueError"})


@pytest.mark.parametrize("trial", ["kill", "kill all", "limits of another"])
def test_it_harms_no_other_process(child: Confined, trial: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        assert child.call({"try": trial, "victim": other.pid}) == {"refused": "PermissionError"}
        assert other.poll() is None
        other.kill()


def test_what_can_not_be_held_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert len(missing()) == 2 and all("decoders" in said for said in missing())
