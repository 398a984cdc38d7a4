"""Several workers of one desk: one that stops is replaced, one of another version takes nothing."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core.errors import AnalysisFailed
from core.version import VERSION
from db import workers
from db.models import Analysis, DeskVersion, now
from db.session import session
from pipelines import workflow
from pipelines.presence import Presence
from pipelines.worker import POLL
from tests.jobs.conftest import Desk, WorkerProcess


@pytest.fixture
def crew(desk: Desk) -> Iterator[list[WorkerProcess]]:
    """Two workers that run; each may take its time to end a job."""
    patient = desk.config.model_copy(update={"drain_seconds": 30})
    both = [WorkerProcess(patient, name) for name in ("one", "two")]
    for worker in both:
        worker.start()
    until(lambda: len(at_work(desk)) == 2)
    yield both
    for worker in both:
        if worker.running():
            worker.kill()


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"this did not happen within {seconds} s"
        time.sleep(0.1)


def at_work(desk: Desk) -> list[workers.AtWork]:
    with session(desk.config) as opened:
        return workers.at_work(opened)


def stored(desk: Desk) -> int:
    with session(desk.config) as opened:
        return opened.scalar(select(func.count()).select_from(Analysis)) or 0


def holder(desk: Desk, crew: list[WorkerProcess], name: str) -> tuple[WorkerProcess, WorkerProcess]:
    """Who took up the file of this name, and the other one."""
    until(lambda: any(f"{name!r}: taken up" in worker.log.read_text() for worker in crew))
    (holds,) = [worker for worker in crew if f"{name!r}: taken up" in worker.log.read_text()]
    (other,) = [worker for worker in crew if worker is not holds]
    return holds, other


@pytest.mark.slow
def test_a_live_worker_takes_over_from_a_killed_one(desk: Desk, crew: list[WorkerProcess]) -> None:
    job_id = desk.ask("slow.mp4")
    holds, other = holder(desk, crew, "slow.mp4")
    until(lambda: desk.job(job_id).frames_done >= 3)
    holds.kill()
    with session(desk.config) as opened:  # as if it had been silent for long
        opened.execute(
            update(workers.Worker).where(workers.Worker.executor_id == holds.name)
            .values(heartbeat_at=now() - 2 * workers.SILENCE)
        )  # fmt: skip
    desk.wait(job_id, "done", seconds=120)
    assert f"took over what {holds.name} had in hand" in other.log.read_text()
    assert "'slow.mp4': taken up again" in other.log.read_text()
    assert stored(desk) == 1 and desk.examined() == ["slow.mp4", "slow.mp4"]


def test_one_that_is_asked_to_stop_ends_its_job_and_takes_no_other(desk: Desk, crew: list[WorkerProcess]) -> None:
    job_id = desk.ask("slow.mp4")
    holds, other = holder(desk, crew, "slow.mp4")
    holds.ask_to_stop()
    until(lambda: any(one.name == holds.name and one.why_idle for one in at_work(desk)))
    next_one = desk.ask("next.mp4")
    assert holds.wait() == 0
    desk.wait(job_id, "done", seconds=5)
    desk.wait(next_one, "done")
    assert desk.examined().count("slow.mp4") == 1 and "'next.mp4': taken up" in other.log.read_text()


def test_one_of_other_code_takes_nothing_and_says_why(desk: Desk, crew: list[WorkerProcess]) -> None:
    with session(desk.config) as opened:
        opened.add(DeskVersion(id=1, version=f"{VERSION}+other code"))
    until(lambda: all(f"the desk of version {VERSION}+other code" in (one.why_idle or "") for one in at_work(desk)))
    job_id = desk.ask("later.mp4")
    with session(desk.config) as opened:
        assert not workers.alive(opened)
    for worker in crew:
        assert worker.stop() == 0 and "takes nothing" in worker.log.read_text()
    assert desk.job(job_id).state == "queued"


def test_one_that_only_learns_leaves_analyses_to_others(desk: Desk) -> None:
    learner = WorkerProcess(desk.config.model_copy(update={"worker_takes": "learning"}), "learner")
    analyst = WorkerProcess(desk.config.model_copy(update={"worker_takes": "analyses"}), "analyst")
    learner.start()
    until(lambda: len(at_work(desk)) == 1)
    job_id = desk.ask("clip.mp4")
    time.sleep(4 * POLL)
    assert desk.job(job_id).state == "queued"
    analyst.start()
    desk.wait(job_id, "done")
    for worker in (learner, analyst):
        worker.kill()


def test_a_name_is_taken_once_on_all_machines(desk: Desk) -> None:
    with session(desk.config) as opened:
        workers.beat(opened, "one", now())
        opened.flush()
        fresh = now() + timedelta(hours=1)  # also when our worker takes long to start
        opened.execute(update(workers.Worker).values(host="another-machine", heartbeat_at=fresh))
    worker = WorkerProcess(desk.config, "one")
    worker.start()
    assert worker.wait() == 1 and "already works on another-machine" in worker.log.read_text()


def test_one_whose_disk_is_full_takes_nothing_until_there_is_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = Presence(desk.config, "one", ["analyses"])
    assert presence.obstacle() is None
    usage = shutil.disk_usage(desk.config.home)._replace(free=1 << 20)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _path: usage)
        assert "Make room there" in (presence.obstacle() or "")
    assert presence.obstacle() is None


def test_what_finds_no_room_when_it_is_stored_says_so() -> None:
    def store(_job_id: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(AnalysisFailed, match="disk is full") as failed:
        workflow._value(workflow._outcome(store, 1))
    assert failed.value.code == "no_room"
