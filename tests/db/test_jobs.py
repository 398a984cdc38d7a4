"""The queue's rows: what people see of it."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import MediaRefused, TelltaleError
from core.settings import Settings
from db import jobs, media, workers
from db.models import Job, Worker, now
from db.session import session
from tests.db.conftest import info


def queued(config: Settings, name: str = "clip.mp4") -> int:
    with session(config) as opened:
        job = jobs.add(opened, media.add(opened, info(name)), name, "normal")
        job.workflow_id = f"job-{job.id}-1"
        return job.id


def row(config: Settings, job_id: int) -> jobs.JobRow:
    with session(config) as opened:
        found = jobs.get(opened, job_id)
    assert found is not None
    return found


def test_progress_is_seen_and_a_wish_to_stop_is_heard(config: Settings) -> None:
    job_id = queued(config)
    with session(config) as opened:
        assert jobs.begin(opened, job_id, f"job-{job_id}-1")
        assert not jobs.progress(opened, job_id, "faces", 30, 120, 4.5)
    seen = row(config, job_id)
    assert (seen.state, seen.stage, seen.percent, seen.frames_done, seen.frames_total) == (
        "running",
        "faces",
        22.5,
        30,
        120,
    )
    assert seen.seconds_left == 4.5 and seen.heartbeat_at is not None and seen.duration == 3.5
    with session(config) as opened:
        jobs.request_cancel(opened, job_id)
    with session(config) as opened:
        assert jobs.beat(opened, job_id) and jobs.progress(opened, job_id, "faces", 31, 120, 4.4)
    assert row(config, job_id).state == "running"


def test_drawing_heatmaps_moves_the_bar_but_not_the_frames(config: Settings) -> None:
    job_id = queued(config)
    with session(config) as opened:
        jobs.begin(opened, job_id, f"job-{job_id}-1")
        jobs.progress(opened, job_id, "faces", 120, 120, 0.5)
        jobs.progress(opened, job_id, "explain", 4, 8, None)
    seen = row(config, job_id)
    assert (seen.percent, seen.frames_done, seen.frames_total) == (95, 120, 120)


def test_a_workflow_of_an_earlier_attempt_has_nothing_to_do(config: Settings) -> None:
    job_id = queued(config)
    with session(config) as opened:
        jobs.request_cancel(opened, job_id)
        assert not jobs.begin(opened, job_id, f"job-{job_id}-1")
        jobs.again(opened, job_id).workflow_id = f"job-{job_id}-2"
    with session(config) as opened:
        assert not jobs.begin(opened, job_id, f"job-{job_id}-1")
        assert jobs.begin(opened, job_id, f"job-{job_id}-2")


def test_a_refused_file_is_a_failed_job_with_its_reason(config: Settings) -> None:
    with session(config) as opened:
        job_id = jobs.add_refused(opened, "notes.mp4", MediaRefused("not_media", "This is a text."), "urgent")
    seen = row(config, job_id)
    assert (seen.state, seen.error_code, seen.error_message) == ("failed", "not_media", "This is a text.")
    assert seen.media_id is None and seen.finished_at is not None
    with pytest.raises(TelltaleError, match="refused and not kept"), session(config) as opened:
        jobs.again(opened, job_id)


def test_the_newest_come_first_and_states_are_counted(config: Settings) -> None:
    ids = [queued(config, name) for name in ("a.mp4", "b.mp4", "c.mp4")]
    with session(config) as opened:
        jobs.fail(opened, ids[1], "crashed", "It crashed.")
    with session(config) as opened:
        assert [one.id for one in jobs.latest(opened)] == ids[::-1]
        assert [one.id for one in jobs.latest(opened, limit=1, offset=1)] == [ids[1]]
        assert [one.id for one in jobs.latest(opened, states=["queued"])] == [ids[2], ids[0]]
        assert jobs.counts(opened) == {"queued": 2, "paused": 0, "running": 0, "done": 0, "failed": 1, "cancelled": 0}


def test_a_job_that_ended_is_not_cancelled(config: Settings) -> None:
    job_id = queued(config)
    with session(config) as opened:
        jobs.fail(opened, job_id, "crashed", "It crashed.")
        jobs.request_cancel(opened, job_id)
    assert row(config, job_id).state == "failed"


def test_a_silent_worker_is_not_alive(config: Settings) -> None:
    with session(config) as opened:
        assert not workers.alive(opened)
        workers.beat(opened, "worker-1", now())
        workers.beat(opened, "worker-1", now())
        assert workers.alive(opened)
        opened.get_one(Worker, "worker-1").heartbeat_at = (
            datetime.now(UTC) - workers.SILENCE - timedelta(seconds=1)
        )
        opened.flush()
        assert not workers.alive(opened)


def test_a_workers_last_beat_is_taken_back(config: Settings) -> None:
    with session(config) as opened:
        workers.beat(opened, "worker-1", now())
        workers.sign_off(opened, "worker-1")
        assert not workers.alive(opened) and opened.get(Job, 1) is None
