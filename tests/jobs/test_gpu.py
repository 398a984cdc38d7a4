"""Work that needs a GPU waits for a worker that has one, which takes analyses all the same."""

import pytest
from sqlalchemy import update

from core import gpu
from core.settings import Settings
from db import analyses, workers
from db.models import now
from db.session import session
from pipelines.durable import client
from pipelines.keeping.watching import health
from pipelines.lab import training
from pipelines.lab.training import WORK
from pipelines.worker import queues
from tests.actors import DESK
from tests.jobs.conftest import Desk, WorkerProcess
from tests.jobs.test_lab import endless, put_set
from tests.jobs.test_several_workers import until

NOBODY = "No worker with a GPU is there: a run of the lab waits until one starts."


def stands(desk: Desk) -> tuple[str, str | None]:
    """How the one run stands: its state and who has it in hand."""
    (one,) = client(desk.config).list_workflows(name=WORK.workflow)
    return one.status, one.executor_id if one.status == "PENDING" else None


def scored_on(desk: Desk, name: str) -> str | None:
    """Ask for an analysis; gives the device that it was made on."""
    found = desk.wait(desk.ask(name), "done").analysis_id
    with session(desk.config) as opened:
        stored = analyses.get(opened, found or 0)
    assert stored is not None
    return stored.evidence.device


def test_a_worker_takes_what_its_machine_is_able_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    learning = ["retraining", "retraining-gpu", "lab", "lab-gpu"]
    assert queues(Settings()) == ["analyses", *learning]
    assert queues(Settings(worker_takes="learning")) == learning
    assert queues(Settings(worker_takes="analyses")) == ["analyses"]
    assert queues(Settings(gpu=False)) == ["analyses", "retraining", "lab"]
    monkeypatch.setattr(gpu, "is_there", lambda: False)
    assert queues(Settings()) == ["analyses", "retraining", "lab"]


@pytest.mark.slow
def test_what_needs_a_gpu_is_never_begun_without_one(desk: Desk) -> None:
    put_set(desk.config)
    with session(desk.config) as opened:
        training.ask(opened, desk.config, DESK, "mine", endless(), "noise", None, "cuda")
    desk.worker.start()
    assert scored_on(desk, "first.mp4") == "CPU" and stands(desk) == ("ENQUEUED", None)
    assert health(desk.config).complaints == (NOBODY,)
    able = WorkerProcess(desk.config, "able", has_gpu=True)
    able.start()
    until(lambda: stands(desk) == ("PENDING", "able"))
    able.kill()
    with session(desk.config) as opened:  # as if it had been silent for long
        gone = update(workers.Worker).where(workers.Worker.executor_id == "able")
        opened.execute(gone.values(heartbeat_at=now() - 2 * workers.SILENCE))
    until(lambda: stands(desk)[0] == "ENQUEUED")  # the other one put it back, and leaves it
    assert scored_on(desk, "second.mp4") == "CPU" and stands(desk) == ("ENQUEUED", None)
    assert health(desk.config).complaints == (NOBODY,)


@pytest.mark.slow
def test_a_worker_with_a_gpu_analyses_beside_what_it_learns(desk: Desk) -> None:
    put_set(desk.config)
    able = WorkerProcess(desk.config, "able", has_gpu=True)
    able.start()
    assert scored_on(desk, "first.mp4") == "NVIDIA T4"
    with session(desk.config) as opened:
        training.ask(opened, desk.config, DESK, "mine", endless(), "noise", None, "cuda")
        assert WORK.on("cuda").untaken(opened) is None
    until(lambda: stands(desk) == ("PENDING", "able"))
    assert scored_on(desk, "second.mp4") == "NVIDIA T4"
    able.kill()
