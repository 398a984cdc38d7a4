"""The border between the desk and the process that touches hostile bytes."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from core.errors import AnalysisFailed, Cancelled, MediaRefused
from pipelines.confine import Confined, Limits, Reach

LIMITS = Limits(memory=2**30, seconds=10)
HERE = "tests.jobs.test_confine"


def obey(_setup: dict[str, Any]) -> Any:
    """The task of these tests: does in the child what the request says."""

    def do(request: dict[str, Any], report: Any) -> dict[str, Any]:
        match request["do"]:
            case "environment":
                return dict(os.environ)
            case "pid":
                return {"pid": os.getpid()}
            case "report":
                report({"stage": "frames", "done": 1})
                return {}
            case "sleep":
                time.sleep(60)
            case "spin":
                while True:
                    pass
            case "eat":
                return {"eaten": len(bytearray(2 * 2**30))}
            case "flood":
                return {"text": "x" * 2**21}
            case "write":
                Path(request["path"]).write_bytes(bytes(2**20))
                return {}
            case "refuse":
                raise MediaRefused("empty", "This file is empty.")
        return {}

    return do


def garble(_setup: dict[str, Any]) -> Any:
    """A task that has taken its process over and writes what it likes to the parent."""

    def do(request: dict[str, Any], _report: Any) -> dict[str, Any]:
        pipe = max(int(name) for name in os.listdir("/proc/self/fd") if _is_socket(name))
        os.write(pipe, bytes.fromhex(request["bytes"]))
        time.sleep(60)
        return {}

    return do


def _is_socket(name: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    except OSError:
        return False


def test_it_keeps_its_process_between_calls_and_replaces_a_dead_one() -> None:
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child:
        first = child.call({"do": "pid"})["pid"]
        assert child.call({"do": "pid"})["pid"] == first != os.getpid()
        os.kill(first, 9)
        while not ended(first):
            time.sleep(0.01)
        second = child.call({"do": "pid"})["pid"]
    assert second != first
    assert not Path(f"/proc/{second}").exists()


def ended(pid: int) -> bool:
    """Whether all that is left of a child is its place in the table of processes."""
    only_itself = list(Path(f"/proc/{pid}/task").iterdir()) == [Path(f"/proc/{pid}/task/{pid}")]
    return only_itself and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_typed_errors_and_progress_cross_the_border() -> None:
    heard: list[Any] = []
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child:
        child.call({"do": "report"}, heard.append)
        with pytest.raises(MediaRefused, match="This file is empty") as refusal:
            child.call({"do": "refuse"})
    assert refusal.value.code == "empty"
    assert {"stage": "frames", "done": 1} in heard


def test_it_sees_no_secret_of_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_DATABASE_URL", "postgresql://desk:secret@host/desk")
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child:
        assert "secret" not in str(child.call({"do": "environment"}))


def test_it_may_not_eat_more_memory_than_allowed() -> None:
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child, pytest.raises(AnalysisFailed) as failure:
        child.call({"do": "eat"})
    assert failure.value.code == "memory"


@pytest.mark.parametrize("doing", ["sleep", "spin"])
def test_it_may_not_take_longer_than_allowed(doing: str) -> None:
    began = time.monotonic()
    with (
        Confined(f"{HERE}:obey", Limits(2**30, seconds=1), Reach()) as child,
        pytest.raises(AnalysisFailed) as failure,
    ):
        child.call({"do": doing})
    assert failure.value.code == "timeout"
    assert time.monotonic() - began < 8


def test_it_may_not_fill_the_disk(tmp_path: Path) -> None:
    limits = Limits(2**30, seconds=10, file_bytes=2**10)
    with Confined(f"{HERE}:obey", limits, Reach(scratch=tmp_path)) as child, pytest.raises(AnalysisFailed):
        child.call({"do": "write", "path": str(tmp_path / "large")})
    assert (tmp_path / "large").stat().st_size <= 2**10


def test_whoever_waits_may_stop_it() -> None:
    def stop(_progress: object) -> None:
        raise Cancelled("cancelled", "Enough.")

    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child:
        pid = child.call({"do": "pid"})["pid"]
        with pytest.raises(Cancelled):
            child.call({"do": "sleep"}, stop)
        assert not Path(f"/proc/{pid}").exists()
        assert child.call({"do": "pid"})["pid"] != pid


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python"])
def test_a_child_that_can_t_start_is_not_held_against_the_file(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", python)
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child, pytest.raises(AnalysisFailed) as failure:
        child.call({"do": "pid"})
    assert failure.value.code == "fault"


def test_an_answer_beyond_all_measure_is_not_read() -> None:
    with Confined(f"{HERE}:obey", LIMITS, Reach()) as child, pytest.raises(AnalysisFailed) as failure:
        child.call({"do": "flood"})
    assert failure.value.code == "crashed"


@pytest.mark.parametrize(
    "sent",
    [
        "00000003" + b"[1]".hex(),  # JSON, but no message of ours
        "00000004" + "80049580",  # the beginning of a pickle
        "7fffffff",  # "two gigabytes follow"
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(sent: str) -> None:
    with Confined(f"{HERE}:garble", LIMITS, Reach()) as child, pytest.raises(AnalysisFailed) as failure:
        child.call({"bytes": sent})
    assert failure.value.code == "crashed"
