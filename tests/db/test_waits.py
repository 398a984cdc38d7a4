"""The expected wait: from what the latest analyses took and who is at work, and silent where they tell nothing."""

from datetime import timedelta

import pytest

from core.settings import Settings
from db import jobs, media, waits, workers
from db.models import Analysis, Job, ModelVersion, now
from db.session import session
from db.waits import Pace, Wait, Waiting, expected
from tests.db.conftest import info

PACE = Pace(frame_s=0.5, picture_s=2.0)
CLIP, PICTURE, LINK = Waiting(1, "video", 40.0), Waiting(2, "image", None), Waiting(3, None, None)


def test_one_worker_takes_them_one_after_another() -> None:
    told = expected([CLIP, PICTURE], [4.0], PACE, 1)
    assert told.jobs == {1: Wait(1, 4.0), 2: Wait(2, 24.0)}
    assert told.seconds == pytest.approx(26.0)


def test_the_worker_that_is_free_first_takes_the_next() -> None:
    told = expected([CLIP, PICTURE, Waiting(4, "image", None)], [4.0], PACE, 2)
    assert [told.jobs[number].seconds for number in (1, 2, 4)] == [0.0, 4.0, 6.0]
    assert told.seconds == 20.0


def test_nothing_is_promised_that_depends_on_what_nobody_knows() -> None:
    assert expected([CLIP], [None], PACE, 1).jobs[1] == Wait(1, None)
    assert expected([CLIP], [], Pace(None, 2.0), 1) == waits.Outlook({1: Wait(0, 0.0)}, None)
    after_a_link = expected([LINK, CLIP], [], PACE, 1)
    assert (after_a_link.jobs[1].seconds, after_a_link.seconds) == (None, None)
    assert expected([LINK, CLIP], [], PACE, 2).jobs[1].seconds == 0.0


def test_without_a_worker_only_the_place_is_known() -> None:
    assert expected([PICTURE, CLIP], [], PACE, 0) == waits.Outlook({2: Wait(0, None), 1: Wait(1, None)}, None)


def test_an_empty_queue_needs_no_time() -> None:
    assert expected([], [], PACE, 1).seconds == 0.0


def test_the_pace_is_that_of_the_kind_and_of_the_frames_looked_at(either: Settings) -> None:
    with session(either) as opened:
        clip = media.add(opened, info())
        model = ModelVersion(name="m", version="1", sha256="f" * 64)
        opened.add(model)
        opened.flush()
        opened.add_all(_analysis(clip, model.id, number, frames, took) for number, frames, took in _DONE)
        opened.flush()
        assert waits.pace(opened) == Pace(pytest.approx(60 / 200), None)


def test_the_waits_of_a_desk_follow_priority_sampling_and_living_workers(either: Settings) -> None:
    with session(either) as opened:
        clip = media.add(opened, info())
        opened.add(_model := ModelVersion(name="m", version="1", sha256="f" * 64))
        opened.flush()
        opened.add(_analysis(clip, _model.id, 0, 100, 100.0))
        later = jobs.add(opened, clip, "later", "background").id
        closely = jobs.add(opened, clip, "closely", "urgent", 20.0).id
        rests = jobs.add(opened, clip, "rests", "urgent").id
        jobs.pause(opened, rests)
        workers.beat(opened, "one", now())
        told = waits.outlook(opened, either)
        assert told.jobs == {closely: Wait(0, 0.0), later: Wait(1, pytest.approx(3.5 * 20))}
        for row in opened.query(workers.Worker):
            row.heartbeat_at = now() - timedelta(minutes=1)
        assert waits.outlook(opened, either).jobs[later] == Wait(1, None)


def test_a_job_that_was_resumed_comes_last_of_its_priority(either: Settings) -> None:
    with session(either) as opened:
        clip = media.add(opened, info())
        first, second = (jobs.add(opened, clip, name, "normal").id for name in ("a", "b"))
        assert jobs.pause(opened, first) and not jobs.pause(opened, first)
        assert jobs.resume(opened, first) and jobs.resume(opened, second) is None
        assert list(waits.outlook(opened, either).jobs) == [second, first]
        assert opened.get_one(Job, first).state == "queued"


_DONE = [(0, 100, 20.0), (1, 100, 40.0)]


def _analysis(media_id: int, model_id: int, number: int, frames: int, took: float) -> Analysis:
    times = {"decode_s": 0.0, "faces_s": 0.0, "score_s": 0.0, "explain_s": 0.0, "total_s": took}
    return Analysis(
        media_id=media_id, model_id=model_id, settings_hash=str(number), name="x", name_folded="x", band="no_face",
        shots=[0.0], frames_sampled=frames, **times,
    )  # fmt: skip
