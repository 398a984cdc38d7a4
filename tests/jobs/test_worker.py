"""From a wish to a stored result, through a real worker process and a real database."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import TelltaleError
from db import analyses, audit, model_versions, workers
from db.rights import NotAllowed
from db.session import session
from pipelines.jobs import cancel, hurry, pause, pause_all, resume, resume_all, retry, submit
from pipelines.serving import keep
from tests.actors import DESK, person
from tests.jobs import fake_tasks
from tests.jobs.conftest import Desk
from tests.model_folders import card, put

FAILING = {
    "crash.mp4": "crashed",
    "killed.mp4": "memory",
    "greedy.mp4": "memory",
    "fault.mp4": "fault",
    "full disk.mp4": "no_room",
    "refused.mp4": "undecodable",
}


def test_a_clip_goes_in_and_its_evidence_comes_out(working_desk: Desk) -> None:
    config = working_desk.config
    row = working_desk.wait(working_desk.ask("two\nlines 🎬.mp4"), "done")
    assert row.analysis_id is not None and row.thumbnail is not None
    with session(config) as opened:
        stored = analyses.get(opened, row.analysis_id)
        assert workers.alive(opened)
    assert stored is not None and stored.evidence.media.name == "two\nlines 🎬.mp4"
    expected = replace(
        fake_tasks.found(stored.evidence.media), samples_per_second=config.samples_per_second, device="CPU"
    )
    assert stored.evidence.record() == expected.record()
    assert [picture.kind for picture in stored.pictures] == ["crop", "heat", "frame"]
    assert (config.home / stored.pictures[2].path).read_bytes() == expected.heatmaps[0].frame_jpg
    assert (row.band, row.score, row.percent) == ("signs", 0.9, 100)
    assert not list((config.home / "staging").iterdir())


def test_the_same_file_is_analysed_once(working_desk: Desk) -> None:
    first = working_desk.wait(working_desk.ask("one.mp4", content=b"same"), "done")
    second = working_desk.wait(working_desk.ask("two.mp4", content=b"same"), "done")
    assert second.analysis_id == first.analysis_id and second.id != first.id
    assert "one.mp4" in working_desk.examined() and "two.mp4" not in working_desk.examined()
    assert working_desk.stored("two.mp4") == working_desk.stored("one.mp4") == 1


def test_looked_at_more_closely_it_is_analysed_again_and_the_record_says_so(working_desk: Desk) -> None:
    usual = working_desk.wait(working_desk.ask("closely.mp4"), "done")
    with session(working_desk.config) as opened:
        closer = submit(opened, working_desk.config, DESK, usual.media_id or 0, "closely.mp4", samples_per_second=8.0)
    found = working_desk.wait(closer, "done").analysis_id
    assert found is not None and found != usual.analysis_id
    with session(working_desk.config) as opened:
        stored = analyses.get(opened, found)
    assert stored is not None and stored.evidence.record()["samples_per_second"] == 8.0


def test_files_that_fail_say_why_and_stop_nobody(working_desk: Desk) -> None:
    failing = {working_desk.ask(name): code for name, code in FAILING.items()}
    following = working_desk.ask("after the failures.mp4")
    for job_id, code in failing.items():
        row = working_desk.wait(job_id, "failed")
        assert row.error_code == code and row.error_message and row.score is None and row.analysis_id is None
    working_desk.wait(following, "done")
    assert not any(working_desk.stored(name) for name in FAILING)


def test_cancelled_while_it_runs_it_stops_and_the_next_goes_on(working_desk: Desk) -> None:
    hanging, following = working_desk.ask("hang.mp4"), working_desk.ask("after that one.mp4")
    working_desk.wait(hanging, "running")
    cancel(working_desk.config, DESK, hanging)
    assert working_desk.wait(hanging, "cancelled", seconds=10).error_code is None
    working_desk.wait(following, "done")
    assert working_desk.stored("hang.mp4") == 0


def test_a_failed_job_is_tried_again(working_desk: Desk) -> None:
    job_id = working_desk.ask("refused twice.mp4")
    working_desk.wait(job_id, "failed")
    retry(working_desk.config, DESK, job_id)
    while working_desk.examined().count("refused twice.mp4") < 2:
        assert working_desk.worker.running()
    assert working_desk.wait(job_id, "failed").attempt == 2


def test_a_paused_job_is_never_taken_until_it_is_resumed(desk: Desk) -> None:
    rests, resumed, last = desk.ask("rests.mp4"), desk.ask("resumed.mp4"), desk.ask("last.mp4")
    assert pause(desk.config, DESK, rests) and pause(desk.config, DESK, resumed)
    assert desk.ask("rests.mp4") == rests, "it is still asked for"
    assert resume(desk.config, DESK, resumed) and not resume(desk.config, DESK, resumed)
    desk.worker.start()
    desk.wait(resumed, "done")
    assert desk.examined() == ["last.mp4", "resumed.mp4"] and desk.job(last).state == "done"
    assert desk.job(rests).state == "paused" and not pause(desk.config, DESK, last)
    assert resume_all(desk.config, DESK) == 1
    desk.wait(rests, "done")
    with session(desk.config) as opened:
        told = [event.action for event in audit.events(opened, f"media:{desk.job(rests).media_id}")]
    assert {"analysis.paused", "analysis.resumed"} <= set(told)


def test_what_rests_can_be_cancelled_and_all_can_rest_at_once(desk: Desk) -> None:
    first, second = desk.ask("first.mp4"), desk.ask("second.mp4")
    assert pause_all(desk.config, DESK) == 2
    cancel(desk.config, DESK, first)
    assert (desk.job(first).state, desk.job(second).state) == ("cancelled", "paused")


def test_what_was_made_urgent_is_taken_first_and_once(desk: Desk) -> None:
    first, second = desk.ask("first.mp4"), desk.ask("second.mp4")
    assert hurry(desk.config, DESK, second) and not hurry(desk.config, DESK, second)
    desk.worker.start()
    desk.wait(first, "done")
    assert desk.examined() == ["second.mp4", "first.mp4"]
    assert not hurry(desk.config, DESK, first)


def test_only_who_may_run_pauses_resumes_and_hurries(desk: Desk) -> None:
    job, nobody = desk.ask("first.mp4"), person(desk.config, "nobody", None)
    for command in (pause, resume, hurry):
        with pytest.raises(NotAllowed):
            command(desk.config, nobody, job)
    for of_all in (pause_all, resume_all):
        with pytest.raises(NotAllowed):
            of_all(desk.config, nobody)


def test_an_altered_original_is_not_analysed(working_desk: Desk) -> None:
    job_id = working_desk.ask("altered.mp4", "background")
    cancel(working_desk.config, DESK, job_id)
    sha256 = working_desk.job(job_id).sha256 or ""
    (original,) = (working_desk.config.home / "originals").rglob(sha256)
    original.chmod(0o644)
    original.write_bytes(b"something else")
    if working_desk.job(job_id).state == "cancelled":
        retry(working_desk.config, DESK, job_id)
    assert working_desk.wait(job_id, "failed").error_code == "original_altered"


def test_the_queue_keeps_no_pickles(working_desk: Desk) -> None:
    working_desk.wait(working_desk.ask("plain.mp4"), "done")
    schema = "dbos." if working_desk.config.database_url else ""
    with session(working_desk.config) as opened:
        for table in ("workflow_status", "operation_outputs"):
            named = opened.scalars(text(f"SELECT DISTINCT serialization FROM {schema}{table}"))
            assert set(named) - {None} == {"portable_json"}  # what a schedule starts names none, and takes the worker's
        inputs = list(opened.scalars(text(f"SELECT inputs FROM {schema}workflow_input")))
        outputs = opened.scalars(text(f"SELECT output FROM {schema}workflow_output WHERE output IS NOT NULL"))
        assert inputs
        for kept in (*inputs, *outputs):
            json.loads(kept)


def test_a_file_that_waits_is_not_asked_for_twice(desk: Desk) -> None:
    assert desk.ask("one.mp4", content=b"same") == desk.ask("two.mp4", content=b"same")


def test_only_what_ended_without_a_result_is_tried_again(desk: Desk) -> None:
    job_id = desk.ask("clip.mp4")
    with pytest.raises(TelltaleError, match="Only a job that failed"):
        retry(desk.config, DESK, job_id)


def test_a_promotion_counts_for_jobs_that_start_after_it_without_another_worker(desk: Desk) -> None:
    desk.worker.start()
    first = desk.wait(desk.ask("before.mp4", content=b"before"), "done")
    running = desk.ask("slow, while it happens.mp4")
    desk.wait(running, "running")
    put(desk.config.models / "next", "2")
    with session(desk.config) as opened:
        made = model_versions.register(opened, DESK, card("2"), keep(desk.config, desk.config.models / "next"))
        model_versions.promote(opened, DESK, made.id, "It is better.")
    during, after = desk.wait(running, "done"), desk.wait(desk.ask("after.mp4"), "done")
    again = desk.wait(desk.ask("before.mp4", content=b"before"), "done")
    spoke = [_model(desk, row.analysis_id) for row in (first, during, after, again)]
    assert spoke == ["1", "1", "2", "2"] and again.analysis_id != first.analysis_id
    with session(desk.config) as opened:
        model_versions.roll_back(opened, DESK, "It flags everything.")
    back = desk.wait(desk.ask("before.mp4", content=b"before"), "done")
    assert back.analysis_id == first.analysis_id


@pytest.mark.slow
def test_a_job_keeps_its_version_over_a_stop_of_the_worker(desk: Desk) -> None:
    job_id = desk.ask("slow.mp4")
    desk.worker.start()
    desk.wait(job_id, "running")
    while desk.job(job_id).frames_done < 3:
        assert desk.worker.running()
    desk.worker.kill()
    put(desk.config.models / "next", "2")
    with session(desk.config) as opened:
        made = model_versions.register(opened, DESK, card("2"), keep(desk.config, desk.config.models / "next"))
        model_versions.promote(opened, DESK, made.id, "It is better.")
    desk.worker.start()
    assert _model(desk, desk.wait(job_id, "done").analysis_id) == "1"


def test_altered_weights_fail_the_job_and_say_so(desk: Desk) -> None:
    desk.worker.start()
    desk.wait(desk.ask("first.mp4"), "done")
    put(in_service_folder(desk), "2")
    row = desk.wait(desk.ask("second.mp4"), "failed")
    assert row.error_code == "altered_card" and row.analysis_id is None
    put(in_service_folder(desk), "1")
    retry(desk.config, DESK, row.id)
    desk.wait(row.id, "done")


def in_service_folder(desk: Desk) -> Path:
    return desk.config.home / "models" / card("1").sha256[:12]


def _model(desk: Desk, analysis_id: int | None) -> str:
    """The version that made an analysis."""
    with session(desk.config) as opened:
        stored = analyses.get(opened, analysis_id or 0)
    assert stored is not None
    return stored.evidence.model.version
