"""A desk in a temporary folder, with a real database and real worker processes."""

import os
import sys
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from types import ModuleType

import pytest

from core.evidence import MediaInfo
from core.settings import Settings
from db import history, jobs, media
from db.jobs import JobRow
from db.models import JobState, Priority
from db.session import session
from pipelines.jobs import submit
from pipelines.originals import Incoming
from tests.actors import DESK
from tests.jobs.at_work import FORKED, work
from tests.model_folders import put
from tests.postgresql import DATABASES, fresh


class Desk:
    """A desk whose detector is a few bytes with a card, and its worker, which is not started yet."""

    def __init__(self, empty: Settings) -> None:
        folder = empty.home.parent
        told = {
            "models": folder / "models",
            "runs": folder / "runs",
            "lab_nice": 1,
            "detector": "fake",
            "analysis_seconds": 20,
            "link_hosts": "127.0.0.1",
            "max_bytes": 1 << 20,
        }
        self.config = empty.model_copy(update=told)
        put(self.config.models / "fake")
        self.worker = WorkerProcess(self.config)

    def ask(self, name: str, priority: Priority = "normal", content: bytes = b"") -> int:
        """Put a file on the desk and ask for its analysis; gives the job id."""
        with Incoming(self.config.home, self.config.max_bytes) as incoming:
            incoming.write(content or name.encode())
            sha256 = incoming.complete()
            incoming.place(sha256)
        info = MediaInfo(sha256, name, "video", 9, "mov,mp4", "h264", 64, 48, 1.0, 25.0)
        with session(self.config) as opened:
            return submit(opened, self.config, DESK, media.add(opened, info), name, priority)

    def job(self, job_id: int) -> JobRow:
        """The row of a job that must be there."""
        with session(self.config) as opened:
            row = jobs.get(opened, job_id)
        assert row is not None
        return row

    def wait(self, job_id: int, state: JobState, seconds: float = 60) -> JobRow:
        """The row of a job once it is in this state; fails with what it is in instead."""
        deadline = time.monotonic() + seconds
        while (row := self.job(job_id)).state != state:
            if time.monotonic() > deadline:
                pytest.fail(f"after {seconds} s the job is not {state} but {row}")
            time.sleep(0.05)
        return row

    def examined(self) -> list[str]:
        """The names of the files that were analysed, each worker's in that order."""
        orders = (self.config.home / "scratch").glob("*/order.txt")
        return [name for order in sorted(orders) for name in order.read_text().splitlines()]

    def stored(self, name: str) -> int:
        """How many analyses of files that came under this name are stored."""
        with session(self.config) as opened:
            return history.search(opened, history.Filter(name)).total


class WorkerProcess:
    """A worker with the stand-in analysis, on a machine that has a GPU or has none."""

    def __init__(self, config: Settings, name: str = "worker-1", has_gpu: bool = False) -> None:
        self._config, self.name, self._has_gpu = config, name, has_gpu
        self.log = config.home / f"{name}.log"
        config.home.mkdir(parents=True, exist_ok=True)
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start it; it may still be on its way up."""
        told = (self._config, self.name, self.log, dict(os.environ), self._has_gpu)
        self._process = FORKED.Process(target=work, args=told, daemon=True)
        with pytest.MonkeyPatch.context() as patch:
            # A page under test leaves itself as the main program, which the new process would run again.
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            self._process.start()

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        assert self._process is not None
        self._process.kill()
        self.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.ask_to_stop()
        return self.wait()

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        assert self._process is not None
        self._process.terminate()

    def wait(self) -> int:
        """Wait until it ends by itself; gives the exit status."""
        assert self._process is not None
        self._process.join(60)
        assert self._process.exitcode is not None, f"{self.name} did not end"
        return self._process.exitcode

    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.is_alive()


@pytest.fixture
def desk(either: Settings) -> Iterator[Desk]:
    """A desk of one's own, on each of the two databases."""
    desk = Desk(either)
    yield desk
    if desk.worker.running():
        desk.worker.kill()


@pytest.fixture(scope="module", params=DATABASES)
def working_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose worker runs, shared by tests that leave it running."""
    with fresh(request, tmp_path_factory.mktemp("desk")) as empty:
        desk = Desk(empty)
        desk.worker.start()
        yield desk
        desk.worker.kill()


@pytest.fixture
def config(either: Settings) -> Settings:
    """Settings of an empty, migrated desk."""
    return either
