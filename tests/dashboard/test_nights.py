"""Learning on the page Models: when the next night comes, start and stop, how runs went, and the gate's decisions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.errors import AnalysisFailed
from core.settings import Settings
from dashboard import who
from dashboard.components import model_files
from dashboard.components.model_decision import gains_chart
from db import audit, data_versions, deletion, gate_answers, media, reference_faults, training_runs, verdicts
from db.data_versions import Made
from db.gate_answers import Answer
from db.models import now
from db.models_learning import TrainingRun
from db.reference_faults import PATIENCE
from db.session import session
from db.training_runs import SILENCE, Asked, TrainingRunRow
from db.verdicts import Said
from pipelines.retraining.answers import as_csv, told
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.db.conftest import info
from tests.retraining.test_gate import answers, decided

HOLDER = "here:1"
LEFT_OUT = {"sha256": "a" * 64, "name": "talk.mp4", "code": "no_face", "why": "No face was found in it."}


def begun(config: Settings, dry_run: bool = False) -> int:
    """A run that this test works on."""
    with session(config) as opened:
        run_id = training_runs.ask(opened, DESK, Asked("person", 10.0, "cpu", dry_run))
        assert run_id is not None
        training_runs.claim(opened, run_id, HOLDER)
    return run_id


def ended(config: Settings, decision: dict[str, Any], **more: Any) -> int:
    """A run that came to a decision, from a data version of its own."""
    run_id = begun(config, more.get("dry_run", False))
    counts = {"files": 3, "groups": 2, "label": {"fake": 1, "real": 2}, "split": {"train": 2, "gate": 1},
              "dataset": {"desk": 3}, "kind": {"image": 3}}  # fmt: skip
    with session(config) as opened:
        data_versions.keep(opened, DESK, Made("b" * 64, "desk", "verdicts", counts, (LEFT_OUT,)))
        opened.get_one(TrainingRun, run_id).data_version = "b" * 64
        record = decision | {"champion_moved": False, "dry_run": False} | more
        training_runs.finish(opened, run_id, HOLDER, record, None)
    return run_id


def newest(config: Settings) -> TrainingRunRow:
    with session(config) as opened:
        return training_runs.runs(opened, 1)[0]


def press(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run()


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.button]


def test_it_says_what_the_next_night_waits_for(config: Settings, opened: Open) -> None:
    words = text_of(opened("models"))
    assert "02:00** · New confirmed verdicts: **0** (25 are enough): it waits for 25 more." in words
    assert "No worker that learns is there: a night of learning waits" in words
    assert "no reference set" in words and "No run yet" in words
    ada, ben = person(config, "ada"), person(config, "ben")
    with session(config) as database:
        verdict = verdicts.give(
            database, ada, media.add(database, info()), Said("manipulated", "high", "The ear jumps.")
        )
        verdicts.opine(database, ben, verdict, "confirm")
    assert "New confirmed verdicts: **1** (25" in text_of(opened("models"))


def test_a_desk_that_never_learns_by_itself_says_so(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.settings import settings

    monkeypatch.setenv("TELLTALE_RETRAIN_CRON", "")
    settings.cache_clear()
    assert "never learns by itself" in text_of(opened("models"))


def test_an_editor_starts_one_run_and_stops_it(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = account(local, "eve", "editor")
    monkeypatch.setattr(who, "cookie", lambda: secret_of(local, eve))
    page = opened("models")
    next(one for one in page.number_input if one.label.startswith("Minutes")).set_value(30.0)
    next(one for one in page.checkbox if one.label.startswith("Only try")).check()
    press(page, "Learn now")
    row = newest(local)
    assert (row.state, row.minutes, row.dry_run, row.cause, row.asked_by) == (
        "queued",
        30,
        True,
        "person",
        "eve",
    )
    with session(local) as database:
        assert database.scalar(text("SELECT count(*) FROM workflow_status WHERE name = 'retrain'")) == 1
    assert "Waits" in text_of(page) and "asked for by eve" in text_of(page)
    assert "waits or is under way already" in text_of(press(page, "Learn now"))
    press(page, "Stop")
    assert newest(local).state == "stopped" and "Stopped" in text_of(page) and "Stop" not in labels(page)
    with session(local) as database:
        told = [(one.action, one.actor) for one in audit.events(database, f"training_run:{row.id}")]
    assert told == [("training.stopped", "eve"), ("training.asked", "eve")]


def test_an_analyst_reads_all_of_it_and_starts_nothing(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = account(local, "ada")
    begun(local)
    monkeypatch.setattr(who, "cookie", lambda: secret_of(local, ada))
    page = opened("models")
    assert "**Run 1**" in text_of(page)
    assert not {"Learn now", "Stop"} & set(labels(page))


def progress(page: AppTest) -> str:
    """What the bar of the run under way says."""
    return str(page.get("progress")[0].proto.text)


def test_a_run_under_way_says_how_far_it_is(config: Settings, opened: Open) -> None:
    run_id = begun(config)
    with session(config) as database:
        training_runs.progress(database, run_id, HOLDER, "learning", 42.0, 600.0)
    page = opened("models")
    assert progress(page) == "Learning · 42 % · about 10:00 left"
    with session(config) as database:
        database.get_one(TrainingRun, run_id).heartbeat_at = now() - SILENCE - timedelta(seconds=1)
    assert "Cut off" in progress(page.run())
    with session(config) as database:
        training_runs.claim(database, run_id, HOLDER)
        training_runs.fail(
            database, run_id, HOLDER, AnalysisFailed("too_little_time", "This machine needs *more*.")
        )
    words = text_of(page.run())
    assert "cut off and taken up again once" in words and "Failed" in words
    assert "This machine needs \\*more\\*\\." in words
    assert not page.exception and not page.get("progress")


def test_a_refusal_is_read_with_every_figure(config: Settings, opened: Open) -> None:
    decision = decided(answers(0.3, missed=0.2), slower=1.4)
    run_id = ended(config, decision.record())
    page = opened("models", run=str(run_id))
    words = text_of(page)
    assert ":gray-badge[:material/block: Refused]" in words
    assert "Reference: lips: AUC" in words.replace("\\", "") and "1.40 times as long" in words.replace(
        "\\", ""
    )
    assert "reference: 100" in words
    table = next(frame.value for frame in page.dataframe if "May fall by" in frame.value)
    assert len(table) == len(decision.compared) == 5
    lips = table[table["Asked about"] == "reference: lips"].iloc[0]
    (one,) = [one for one in decision.compared if one.where == "reference: lips"]
    assert (lips["Genuine"], lips["Fake"], lips["Found"]) == (40, 20, "worse")
    assert lips["Gain (90 % interval)"] == f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
    assert "2 genuine, 1 fake. 2 learned from, 0 to set thresholds on, 1 held apart for the gate." in words
    left_out = next(frame.value for frame in page.dataframe if "Left out" in frame.value)
    assert left_out.iloc[0].tolist() == ["talk.mp4", "no face in it", "No face was found in it."]


@pytest.mark.parametrize(
    ("lift", "more", "said"),
    [
        (0.3, {}, "Put in service"),
        (0.05, {}, "Refused"),
        (0.3, {"dry_run": True}, "Dry run: would have served"),
        (0.05, {"dry_run": True}, "Dry run: would have been refused"),
        (0.3, {"champion_moved": True}, "Waits as candidate"),
    ],
)
def test_each_outcome_has_its_words(
    config: Settings, opened: Open, lift: float, more: dict[str, bool], said: str
) -> None:
    ended(config, decided(answers(lift)).record(), **more)
    assert said in text_of(opened("models"))


def test_answers_are_saved_by_whom_the_page_was_drawn_for(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ended(config, decided(answers(0.3)).record())
    with session(config) as database:
        heard = Answer("reference", "a.png", "real", "", "no_signs", 0.1, "signs", 0.9)
        gate_answers.keep(database, run_id, [heard], known={})
    offered: list[Any] = []
    monkeypatch.setattr(model_files.st, "download_button", lambda _label, data, *_, **__: offered.append(data))
    opened("models", run=str(run_id), files="true")
    monkeypatch.setattr(who, "visitor", lambda: None)  # as where Streamlit makes the file
    assert b"a.png" in offered[-1]()


def test_what_the_gate_heard_is_read_file_by_file(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ended(config, decided(answers(0.3)).record() | {"set_aside": 2})
    heard = (
        Answer("reference", "calm.png", "real", "", "no_signs", 0.1, "no_signs", 0.12),
        Answer("newest verdicts", "", "fake", "synthetic", "inconclusive", 0.4, "signs", 0.9, info().sha256),
        Answer("newest verdicts", "", "fake", "", "signs", 0.9, "signs", 0.9, "f" * 64),  # deleted meanwhile
        Answer("reference", "=bad.mp4", "fake", "swap", "inconclusive", 0.5, None, None),
    )
    with session(config) as database:
        media_id = media.add(database, info())
        gate_answers.keep(database, run_id, heard, gate_answers.hold(database, heard))
    page = opened("models", run=str(run_id))
    assert "can't be read: 2" in text_of(page)
    assert not any("Its score" in frame.value for frame in page.dataframe)  # folded: nothing is fetched
    page = opened("models", run=str(run_id), files="true")
    assert "2 of 3 files would be judged otherwise" in text_of(page)
    (table,) = [frame.value for frame in page.dataframe if "Its score" in frame.value]
    assert table["File"].tolist() == [info().name, "=bad.mp4"]
    assert table["In service"].tolist() == ["Inconclusive", "Inconclusive"]
    assert table["Candidate"].tolist() == ["Signs of manipulation", "could not be read"]
    page.toggle(key=f"changed-{run_id}").set_value(False).run()
    (table,) = [frame.value for frame in page.dataframe if "Its score" in frame.value]
    assert table["File"].tolist()[-1] == "calm.png" and len(table) == 3

    lines = as_csv(config, DESK, run_id).decode("utf-8-sig").split("\r\n")
    assert lines[1].startswith(f"newest verdicts,{info().name},{info().sha256},fake,synthetic,Inconclusive,0.4,Signs")
    assert "reference,'=bad.mp4,,fake,swap,Inconclusive,0.5,," in lines

    blind = config.model_copy(update={"first_look": True})
    assert told(blind, DESK, run_id)[1] == 1 and len(told(blind, DESK, run_id)[0]) == 2
    with session(config) as database:
        assert audit.count(database, action="training.exported") == 1
        deletion.of_media(database, DESK, [media_id], deletion.Order("The source asked for it."))
        assert [one.name for one in gate_answers.of_run(database, run_id)] == ["=bad.mp4", "calm.png"]


def test_a_reference_file_that_was_set_aside_is_named(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(config) as database:
        for day in range(PATIENCE):
            monkeypatch.setattr(reference_faults, "now", lambda day=day: now() + timedelta(days=day))
            assert not reference_faults.set_aside(database)
            reference_faults.note(database, "held.csv", "bomb.mp4", "e" * 64, "The decoder crashed on this file.")
    page = opened("models")
    (warning,) = [one.value for one in page.warning if "bomb" in one.value]
    assert "decoder crashed" in warning and "set aside from the reference set" in warning


def test_the_chart_shows_gain_interval_and_margin() -> None:
    compared = decided(answers(0.3, missed=0.2)).compared
    chart = gains_chart(compared)
    margins, *dots = chart.data
    assert list(margins.x) == [-one.margin for one in compared]
    drawn = {(name, gain) for trace in dots for name, gain in zip(trace.y, trace.x, strict=True)}
    assert drawn == {(f"{one.where} · {word}", one.gain) for one in compared for word in (_word(one.figure),)}
    (worse,) = [trace for trace in dots if trace.name == "worse"]
    (lips,) = [one for one in compared if one.finding == "worse"]
    assert worse.x[0] - worse.error_x.arrayminus[0] == pytest.approx(lips.low)


def _word(figure: str) -> str:
    return {"auc": "AUC", "ece": "calibration error", "flagged_genuine": "false alarms on genuine files"}[
        figure
    ]
