"""Workers that stop, are killed, or find work that waited for them."""

import time

import pytest
from dbos._registrations import get_func_info
from sqlalchemy import func, select, text

from db import jobs, waits, workers
from db.models import Analysis, Artifact, FrameScore
from db.session import session
from pipelines.jobs import cancel, hurry, retry
from pipelines.lab.training import Trainer
from pipelines.retraining.teaching import Teacher
from pipelines.trying import Trier
from pipelines.workflow import MOST_STARTS, Analyst
from tests.actors import DESK
from tests.jobs.conftest import Desk, WorkerProcess


def rows(desk: Desk) -> list[int]:
    """How many analyses, frame scores and pictures are stored."""
    with session(desk.config) as opened:
        tables = (Analysis, FrameScore, Artifact)
        return [opened.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_stores_once(desk: Desk) -> None:
    job_id = desk.ask("slow.mp4")
    desk.worker.start()
    desk.wait(job_id, "running")
    while desk.job(job_id).frames_done < 3:
        time.sleep(0.05)
    desk.worker.kill()
    assert desk.job(job_id).state == "running"
    assert rows(desk) == [0, 0, 0]
    desk.worker.start()
    desk.wait(job_id, "done")
    assert desk.examined() == ["slow.mp4", "slow.mp4"]
    assert rows(desk) == [1, 2, 3]


@pytest.mark.slow
def test_stopped_in_good_order_it_goes_on_at_the_next_start(desk: Desk) -> None:
    job_id = desk.ask("slow.mp4")
    desk.worker.start()
    desk.wait(job_id, "running")
    assert desk.worker.stop() == 0
    with session(desk.config) as opened:
        assert not workers.alive(opened)
    desk.worker.start()
    assert desk.wait(job_id, "done").error_code is None
    assert rows(desk) == [1, 2, 3]


@pytest.mark.slow
def test_what_waited_runs_in_order_of_priority_without_the_cancelled(desk: Desk) -> None:
    later, never, normal, urgent, again = (
        desk.ask("later.mp4", "background"),
        desk.ask("never.mp4", "urgent"),
        desk.ask("normal.mp4", "normal"),
        desk.ask("urgent.mp4", "urgent"),
        desk.ask("again.mp4", "urgent"),
    )
    cancel(desk.config, DESK, never)
    cancel(desk.config, DESK, again)
    retry(desk.config, DESK, again)
    with session(desk.config) as opened:
        waiting = waits.outlook(opened, desk.config).jobs
        assert [waiting[job_id].before for job_id in (later, normal, again, urgent)] == [3, 2, 1, 0]
    desk.worker.start()
    desk.wait(later, "done")
    assert desk.examined() == ["urgent.mp4", "again.mp4", "normal.mp4", "later.mp4"]
    assert desk.job(never).state == "cancelled"
    assert (desk.job(again).state, desk.job(again).attempt) == ("done", 2)


def test_a_file_that_always_takes_the_worker_down_is_given_up(desk: Desk) -> None:
    job_id = desk.ask("slow.mp4")
    with session(desk.config) as opened:
        opened.get_one(jobs.Job, job_id).starts = MOST_STARTS
    desk.worker.start()
    row = desk.wait(job_id, "failed")
    assert row.error_code == "crashed" and f"died {MOST_STARTS} times" in (row.error_message or "")


def test_a_start_counts_against_a_file_only_where_the_worker_died(desk: Desk) -> None:
    """A machine that is restarted all the time must not make files that harm nobody fail as `crashed`."""
    job_id = desk.ask("very slow.mp4")
    hasty = WorkerProcess(desk.config.model_copy(update={"drain_seconds": 0}))

    def starts() -> int:
        with session(desk.config) as opened:
            return opened.get_one(jobs.Job, job_id).starts

    for end, counts in ((hasty.stop, 0), (hasty.kill, 1), (hasty.stop, 0)):
        before = starts()
        hasty.start()
        deadline = time.monotonic() + 60
        while starts() == before and time.monotonic() < deadline:
            time.sleep(0.02)
        end()
        assert (desk.job(job_id).state, starts()) == ("running", before + counts)
    desk.worker.start()
    assert desk.wait(job_id, "done").error_code is None and starts() == 2


@pytest.mark.slow
def test_a_job_may_be_handed_back_in_good_order_as_often_as_it_takes(desk: Desk) -> None:
    job_id = desk.ask("slow.mp4")
    desk.worker.start()
    desk.wait(job_id, "running")
    desk.worker.stop()
    schema = "dbos." if desk.config.database_url else ""
    with session(desk.config) as opened:  # a hundred times is what the queue would allow
        opened.execute(text(f"UPDATE {schema}workflow_status SET recovery_attempts = 150"))
    desk.worker.start()
    assert desk.wait(job_id, "done").error_code is None


def test_only_one_worker_of_a_name(desk: Desk) -> None:
    desk.worker.start()
    desk.wait(desk.ask("clip.mp4"), "done")
    other = WorkerProcess(desk.config)
    other.start()
    assert other.wait() == 1
    assert "already works on" in other.log.read_text()


def test_a_job_whose_workflow_could_not_end_it_is_failed_while_the_worker_works(desk: Desk) -> None:
    job_id = desk.ask("clip.mp4")
    desk.worker.start()
    desk.wait(job_id, "done")
    with session(desk.config) as opened:
        opened.get_one(jobs.Job, job_id).state = "running"  # as if the last write had been refused
    row = desk.wait(job_id, "failed")
    assert row.error_code == "left_over" and "Try it again" in (row.error_message or "")


def test_a_job_that_waits_for_another_workflow_by_now_is_not_left_over(desk: Desk) -> None:
    job_id = desk.ask("clip.mp4")
    with session(desk.config) as opened:
        (before,) = jobs.active_workflows(opened)
    assert hurry(desk.config, DESK, job_id)
    with session(desk.config) as opened:
        (after,) = jobs.active_workflows(opened)
        assert not jobs.fail_of(opened, job_id, before, "left_over", "") and desk.job(job_id).state == "queued"
        assert jobs.fail_of(opened, job_id, after, "left_over", "")
        assert not jobs.fail_of(opened, job_id, after, "left_over", "")


@pytest.mark.parametrize("work", [Analyst.run, Trier.run, Trainer.run, Teacher.run])
def test_no_work_has_a_bound_that_counts_starts_after_good_order(work: object) -> None:
    told = get_func_info(work)  # type: ignore[arg-type]
    assert told is not None and told.max_recovery_attempts is None
