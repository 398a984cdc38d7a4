"""Runs are noted once, claimed by one process, taken up again, and stopped when somebody asks."""

import json
import os
import socket
import subprocess
import sys
import time
from argparse import Namespace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from core import gpu
from core.errors import AnalysisFailed, TelltaleError
from core.settings import ROOT, Settings
from db import audit, training_runs, watching, workers
from db import session as db_session
from db.models import now
from db.models_learning import TrainingRun
from db.rights import NotAllowed
from db.session import session
from db.training_runs import SILENCE, Asked
from pipelines import durable
from pipelines.retraining import process
from pipelines.retraining.asking import WORK, ask, ask_if_due, schedule
from pipelines.retraining.night import Report
from scripts import retrain
from tests.actors import DESK, person
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import png, portrait

WISH = Asked("person", 10.0, "cpu")
STRIKE = """
import sys, time
from pathlib import Path
from core.settings import Settings
from pipelines.retraining.asking import ask_if_due
config, me, both = Settings.model_validate_json(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
me.touch()
while len(list(both.glob("*.ready"))) < 2:
    time.sleep(0.001)
print(ask_if_due(config))
"""


@pytest.fixture(name="config")
def _config(either: Settings) -> Settings:
    """Each test that asks for it runs on both databases."""
    return either


def noted(config: Settings) -> int:
    with session(config) as opened:
        run_id = training_runs.ask(opened, DESK, WISH)
    assert run_id is not None
    return run_id


def claimed(config: Settings, run_id: int, holder: str) -> bool:
    with session(config) as opened:
        return training_runs.claim(opened, run_id, holder)


def test_of_those_that_wait_or_run_there_is_one(config: Settings) -> None:
    first = noted(config)
    with session(config) as opened:
        assert training_runs.ask(opened, DESK, WISH) is None
        assert training_runs.claim(opened, first, "a")
        assert training_runs.ask(opened, DESK, WISH) is None
        training_runs.fail(opened, first, "a", AnalysisFailed("fault", "It broke."))
    second = noted(config)
    with session(config) as opened:
        rows = training_runs.runs(opened)
        assert [(row.id, row.state) for row in rows] == [(second, "queued"), (first, "failed")]
        assert rows[1].error_message == "It broke."
        assert len(audit.events(opened, action="training.asked")) == 2


def test_a_run_has_one_holder_until_it_falls_silent(config: Settings) -> None:
    run_id = noted(config)
    assert claimed(config, run_id, "a")
    assert not claimed(config, run_id, "b")
    with session(config) as opened:
        opened.get_one(TrainingRun, run_id).heartbeat_at = now() - SILENCE - timedelta(seconds=1)
    assert claimed(config, run_id, "b")
    with session(config) as opened:
        assert not training_runs.beat(opened, run_id, "a") and training_runs.beat(opened, run_id, "b")
        with pytest.raises(TelltaleError, match="Another process"):
            training_runs.finish(opened, run_id, "a", {"promote": True}, None)
        with pytest.raises(TelltaleError, match="Another process"):
            training_runs.progress(opened, run_id, "a", "learning", 20.0, None)
        row = training_runs.get(opened, run_id)
    assert row and (row.state, row.starts, row.holder, row.decision) == ("running", 2, "b", None)


def test_the_clock_of_a_machine_that_is_wrong_takes_no_run_over(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, run_id = newsroom.config, noted(newsroom.config)
    assert claimed(config, run_id, "a")
    for clock in (training_runs, watching):
        monkeypatch.setattr(clock, "now", lambda: now() + 2 * SILENCE)
    assert not claimed(config, run_id, "b")
    with session(config) as opened:
        workers.beat(opened, "w", now())
        assert [one.alive for one in watching.figures(opened).workers] == [True]
        row = training_runs.active(opened)
        assert row and not row.left_lying


def test_stopping_ends_what_waits_and_is_heard_by_what_runs(config: Settings) -> None:
    waiting = noted(config)
    with session(config) as opened:
        training_runs.request_stop(opened, DESK, waiting)
    running = noted(config)
    claimed(config, running, "a")
    with session(config) as opened:
        assert not training_runs.progress(opened, running, "a", "learning", 20.0, 60.0)
        training_runs.request_stop(opened, DESK, running)
        assert training_runs.progress(opened, running, "a", "learning", 21.0, 59.0)
        training_runs.stopped(opened, running, "a")
        assert [row.state for row in training_runs.runs(opened)] == ["stopped", "stopped"]
        assert training_runs.active(opened) is None


def test_a_run_whose_process_is_gone_is_stopped_at_once(config: Settings) -> None:
    run_id = noted(config)
    claimed(config, run_id, "a")
    with session(config) as opened:
        opened.get_one(TrainingRun, run_id).heartbeat_at = now() - SILENCE - timedelta(seconds=1)
        training_runs.request_stop(opened, DESK, run_id)
        assert [row.state for row in training_runs.runs(opened)] == ["stopped"]
        assert not training_runs.claim(opened, run_id, "b")


def test_only_an_editor_says_when_a_detector_learns(config: Settings) -> None:
    ada = person(config, "ada")
    with session(config) as opened, pytest.raises(NotAllowed):
        training_runs.ask(opened, ada, WISH)
    with session(config) as opened, pytest.raises(NotAllowed):
        training_runs.request_stop(opened, ada, 1)


def test_two_clocks_that_strike_at_once_start_one_run(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.judged("a.png", png(portrait(1)), "authentic")
    config = newsroom.config.model_copy(update={"retrain_verdicts": 1})
    commands = [
        [sys.executable, "-c", STRIKE, config.model_dump_json(), str(tmp_path / f"{n}.ready"), str(tmp_path)]
        for n in range(2)
    ]
    clocks = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for command in commands]
    said = sorted(clock.communicate()[0].split()[-1] for clock in clocks)
    assert said == ["1", "None"]
    with session(config) as opened:
        assert opened.scalar(select(func.count()).select_from(TrainingRun)) == 1
        assert opened.scalar(text("SELECT count(*) FROM workflow_status WHERE name = 'retrain'")) == 1


def test_the_clock_waits_for_new_verdicts_and_takes_up_what_was_left(newsroom: Newsroom) -> None:
    config = newsroom.config.model_copy(update={"retrain_verdicts": 2})
    newsroom.judged("a.png", png(portrait(1)), "authentic")
    newsroom.judge(newsroom.take_in("alone.png", png(portrait(2))), "authentic", confirmed=False)
    assert ask_if_due(config) is None
    newsroom.judged("b.png", png(portrait(3)), "manipulated")
    run_id = ask_if_due(config)
    assert run_id is not None
    assert ask_if_due(config) is None  # it waits for a worker, which is on its way
    assert claimed(config, run_id, "elsewhere:1")
    assert ask_if_due(config) is None  # it is worked on
    with session(config) as opened:
        opened.get_one(TrainingRun, run_id).heartbeat_at = now() - 2 * SILENCE
    assert ask_if_due(config) == run_id
    with session(config) as opened:
        assert opened.scalar(text("SELECT count(*) FROM workflow_status WHERE name = 'retrain'")) == 2
        training_runs.claim(opened, run_id, "b")
        training_runs.finish(opened, run_id, "b", {"promote": False}, None)
    assert ask_if_due(config) is None  # nothing is new


def test_the_run_of_a_process_that_died_is_anybodys_at_once(newsroom: Newsroom) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    run_id = noted(newsroom.config)
    assert claimed(newsroom.config, run_id, f"{socket.gethostname()}:{gone.pid}")
    config = newsroom.config.model_copy(update={"retrain_plan": Path("/nowhere")})
    row = process.work(config, run_id)
    assert row.state == "failed" and row.starts == 2 and "nowhere" in (row.error_message or "")
    with pytest.raises(TelltaleError, match="has ended"):
        process.work(config, run_id)


def test_a_run_that_needs_a_gpu_waits_for_one_and_says_why_it_can_t_be_begun_here(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "is_there", lambda: False)
    config = newsroom.config.model_copy(update={"retrain_device": "cuda"})
    run_id = ask(config, DESK)
    assert run_id is not None and durable.waiting(config, [WORK, WORK.on("cuda")]) == [WORK.on("cuda")]
    with pytest.raises(TelltaleError, match="on a GPU"):  # in the shell, where it is left for another machine
        retrain.noted(Namespace(now=True, dry_run=False, minutes=1.0, device="cuda"), config)
    row = process.work(config, run_id)
    assert (row.state, row.error_code) == ("failed", "no_gpu") and "this machine has none" in (row.error_message or "")


def test_the_run_of_a_process_that_lives_is_not(newsroom: Newsroom) -> None:
    run_id = noted(newsroom.config)
    assert claimed(newsroom.config, run_id, f"{socket.gethostname()}:{os.getppid()}")
    with pytest.raises(TelltaleError, match="another process"):
        process.work(newsroom.config, run_id)


@pytest.mark.slow
def test_the_worker_sees_a_run_through_when_its_clock_strikes(newsroom: Newsroom) -> None:
    newsroom.judged("a.png", png(portrait(1)), "authentic")
    config = newsroom.config.model_copy(update={
        "retrain_verdicts": 1, "retrain_cron": "* * * * * *", "retrain_plan": Path("/nowhere"), "retrain_nice": 1,
    })  # fmt: skip
    serve = "import sys; from core.settings import Settings; from pipelines.worker import serve\n"
    serve += "serve(Settings.model_validate_json(sys.argv[1]), task='tests.jobs.fake_tasks:analyst')"
    worker = subprocess.Popen([sys.executable, "-c", serve, config.model_dump_json()], cwd=ROOT)
    try:
        deadline = time.monotonic() + 900  # torch is loaded, on a busy machine
        while (row := _newest(config)) is None or row.state in training_runs.ACTIVE:
            assert time.monotonic() < deadline, json.dumps(vars(row), default=str) if row else "nothing was asked"
            assert worker.poll() is None
            time.sleep(0.1)
    finally:
        worker.kill()
        worker.wait()
    assert (row.state, row.cause, row.error_code) == ("failed", "schedule", "fault")


def _newest(config: Settings) -> training_runs.TrainingRunRow | None:
    with session(config) as opened:
        found = training_runs.runs(opened, limit=1)
    return found[0] if found else None


def test_a_moment_that_no_clock_strikes_is_refused(newsroom: Newsroom) -> None:
    coming = schedule(newsroom.config.model_copy(update={"retrain_cron": "30 3 * * *"}))
    assert coming.strikes_at and f"{coming.strikes_at:%H:%M %Z}" == "03:30 UTC" and coming.strikes_at > now()
    with pytest.raises(ValueError, match="no moment of a clock"):
        Settings(retrain_cron="at night")


def test_the_commands_refusals(newsroom: Newsroom) -> None:
    assert ask(newsroom.config, DESK, dry_run=True) == 1
    assert ask(newsroom.config, DESK) is None


def test_a_dry_run_does_not_go_on_with_one_that_may_promote(newsroom: Newsroom) -> None:
    asked = Namespace(dry_run=True, now=True, minutes=1.0, device="cpu")
    assert ask(newsroom.config, DESK) == 1
    with pytest.raises(TelltaleError, match="Run 1 was begun already and is no dry run"):
        retrain.noted(asked, newsroom.config)
    with session(newsroom.config) as opened:
        training_runs.request_stop(opened, DESK, 1)
    assert retrain.noted(asked, newsroom.config) == retrain.noted(asked, newsroom.config) == 2


def test_a_run_that_goes_on_says_that_it_keeps_its_time(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Namespace(dry_run=False, now=True, minutes=90.0, device="cpu")
    run_id = retrain.noted(asked, newsroom.config)
    assert not capsys.readouterr().out
    assert retrain.noted(Namespace(**vars(asked) | {"minutes": 5.0}), newsroom.config) == run_id
    assert "It keeps what it was asked for with: 90 minutes, on CPU." in capsys.readouterr().out


def test_a_beat_that_the_database_does_not_hear_ends_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, beats, honest = noted(newsroom.config), [], training_runs.beat
    assert claimed(newsroom.config, run_id, "here:1")

    def away_at_first(*asked: Any) -> bool:
        beats.append(asked)
        if len(beats) == 1:
            raise OperationalError("UPDATE", {}, OSError("gone"))
        return honest(*asked)

    monkeypatch.setattr(process, "BEAT", 0.01)
    monkeypatch.setattr(training_runs, "beat", away_at_first)
    with process._Pulse(newsroom.config, run_id, "here:1"):
        waited = time.monotonic() + 20
        while len(beats) < 3 and time.monotonic() < waited:
            time.sleep(0.01)
    assert len(beats) >= 3


def test_progress_waits_for_a_database_that_went_away(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, tries, honest = noted(newsroom.config), [], training_runs.progress
    assert claimed(newsroom.config, run_id, "here:1")

    def away_at_first(*asked: Any) -> bool:
        tries.append(asked)
        if len(tries) == 1:
            raise OperationalError("UPDATE", {}, OSError("gone"))
        return honest(*asked)

    monkeypatch.setattr(db_session, "AGAIN", 0.0)
    monkeypatch.setattr(training_runs, "progress", away_at_first)
    Report(newsroom.config, run_id, "here:1").within("gate")
    with session(newsroom.config) as opened:
        row = training_runs.get(opened, run_id)
    assert row and (row.stage, row.percent) == ("gate", 85) and len(tries) == 2
