"""Models: who serves and why, what each version is worth, and the buttons that change it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.detectors import registry
from core.judgement.drift import Moved
from core.settings import Settings
from db import audit, drift, model_versions, training_runs, trials
from db.session import session
from db.training_runs import Asked
from db.trials import Wish
from pipelines import serving
from pipelines.error_rates import FIGURES
from pipelines.retraining.gate import Decision
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.dashboard.stored import CARD, FIGURE, clip, evidence, store, track
from tests.model_folders import put
from tests.retraining.test_gate import answers, decided


def test_the_card_says_what_its_claims_rest_on(opened: Open) -> None:
    desk = opened("models")
    words = text_of(desk)
    assert "at most **5%** of genuine files" in words
    assert "**50** genuine clips" in words
    assert "Copies from \\*messengers\\*\\." in words
    (row,) = desk.table[0].value.to_dict("records")
    assert row["Set"] == "clips · kept apart to the end"
    assert row["Manipulated above genuine"] == "0.91 (0.87–0.94)"


def test_a_figure_that_an_older_card_lacks_is_no_column(config: Settings, opened: Open) -> None:
    overall = {"n_real": 120, "n_fake": 80, "auc": FIGURE}
    old = CARD.model_copy(update={"figures": {"test": {"clips": {"overall": overall}}}})
    (config.models / "blend" / registry.CARD).write_text(old.model_dump_json(), encoding="utf-8")
    (row,) = opened("models").table[0].value.to_dict("records")
    assert list(row) == ["Set", "Genuine", "Fake", FIGURES["auc"][0]]


def test_a_missing_card_is_said(config: Settings, opened: Open) -> None:
    (config.models / "blend" / "card.json").unlink()
    assert "has no card" in text_of(opened("models"))


CURVES = {
    "roc": {"false_alarms": [0, 0.2, 1], "hits": [0, 0.7, 1]},
    "risk_coverage": {"coverage": [0.5, 1], "risk": [0, 0.3]},
    "calibration": {"score": [0.2, 0.8], "fakes": [0.1, 0.9], "n": [5, 7]},
}
MEASURED = {"n_real": 9, "n_fake": 9} | dict.fromkeys(FIGURES, FIGURE)


@pytest.fixture
def two(config: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A desk where version 1 serves and 2 is a candidate; their weights are bytes that nothing could load."""
    monkeypatch.setattr(registry, "load", registry.verified)
    for version in ("1", "2"):
        registered(config, config.models / f"fake-{version}", version)
    with session(config) as opened:
        model_versions.promote(opened, DESK, 1, "It came first.")
    return config


def registered(config: Settings, folder: Path, version: str) -> None:
    figures = {
        "dev": {"clips": {"overall": MEASURED | {"n_real": 34, "n_fake": 1000}, "curves": CURVES}},
        "test": {"clips": {"overall": MEASURED, "curves": CURVES}},
    }
    card = put(folder, version).model_copy(update={"figures": figures})
    (folder / registry.CARD).write_text(card.model_dump_json(), encoding="utf-8")
    with session(config) as opened:
        model_versions.register(opened, DESK, card, serving.keep(config, folder))


def press(desk: AppTest, label: str, reason: str) -> None:
    """Give the reason in the form of this button, and send it."""
    button = next(one for one in desk.button if one.label == label)
    area = next(one for one in desk.text_area if one.form_id == button.form_id)
    area.set_value(reason)
    button.click().run()


def test_it_says_who_serves_since_when_and_why(two: Settings, opened: Open) -> None:
    words = text_of(opened("models"))
    assert "**fake 1** judges every new clip, since" in words
    assert "“It came first\\.”" in words
    assert "fake 2 waits as candidate" in words


def test_what_the_gate_said_of_a_version_is_a_list_and_a_table(two: Settings, opened: Open) -> None:
    decision = decided(answers(0.3, missed=0.2), slower=1.4)
    judged(two, 2, decision)
    versions = next(tab for tab in opened("models").tabs if tab.label == "Versions")
    (folded,) = [one for one in versions.expander if "the gate" in one.label]
    assert folded.label == "Did not pass the gate · 4 of 5 figures passed"
    (table,) = [one.value for one in folded.dataframe]
    assert table.iloc[0][["Passed", "Asked about", "Found"]].tolist() == ["no", "reference: lips", "worse"]
    assert table["Passed"].tolist() == ["no", "yes", "yes", "yes", "yes"]
    (lips,) = [one for one in decision.compared if one.finding == "worse"]
    assert table["Gain (90 % interval)"][0] == f"{lips.gain:+.3f} ({lips.low:+.3f} to {lips.high:+.3f})"
    (told,) = [one.value for one in folded.markdown]
    assert told.startswith("- It takes 1\\.40 times as long")
    assert not any("→" in one.value for one in versions.markdown)


def test_why_it_serves_is_told_in_few_words_where_the_gate_said_so(two: Settings, opened: Open) -> None:
    judged(two, 2, decided(answers(0.3)))
    desk = opened("models")
    assert "Put in service by The desk: it passed the gate, see Versions." in text_of(desk)
    press(desk, "Roll back", "Flags interviews.")
    press(desk, "Put in service", "It did well.")
    assert "“It did well\\.”" in text_of(desk) and "it passed the gate" not in text_of(desk)


def judged(config: Settings, number: int, decision: Decision) -> None:
    """The version came out of a run, and the gate let it serve or refused it, as it does at the end of a night."""
    with session(config) as opened:
        run_id = training_runs.ask(opened, DESK, Asked("schedule", 10.0, "cpu"))
        assert run_id is not None and training_runs.claim(opened, run_id, "here:1")
        record = decision.record() | {"champion_moved": False, "dry_run": False}
        training_runs.finish(opened, run_id, "here:1", record, number)
        act = model_versions.promote if decision.promote else model_versions.refuse
        act(opened, DESK, number, " ".join(decision.why))


def test_a_version_is_promoted_and_rolled_back_with_a_reason(two: Settings, opened: Open) -> None:
    desk = opened("models")
    press(desk, "Put in service", "")
    assert "Say why" in text_of(desk)
    press(desk, "Put in service", "Finds the new swaps.")
    assert "**fake 2** judges every new clip" in text_of(desk)
    press(desk, "Roll back", "Flags interviews.")
    assert "**fake 1** judges every new clip" in text_of(desk) and "“Flags interviews\\.”" in text_of(desk)
    with session(two) as opened_db:
        told = [one.action for one in audit.events(opened_db, limit=2)]
    assert told == ["model.rolled_back", "model.promoted"]


def test_two_versions_stand_on_the_same_axes(two: Settings, opened: Open) -> None:
    desk = opened("models")
    desk.selectbox(key="beside").set_value(2).run()
    charts = list(desk.get("plotly_chart"))
    assert len(charts) == 3
    assert all("fake 1" in chart.proto.spec and "fake 2" in chart.proto.spec for chart in charts)


def test_curves_open_on_the_split_with_most_files(two: Settings, opened: Open) -> None:
    assert opened("models").selectbox(key="curves-of").options == [
        "clips · bands were set on these · 1,034 files", "clips · kept apart to the end · 18 files"
    ]  # fmt: skip


def test_an_analyst_sees_but_does_not_change(
    two: Settings, local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(local, account(local, "ada", "analyst"))
    monkeypatch.setattr("dashboard.who.cookie", lambda: secret)
    desk = opened("models")
    assert "**fake 1** judges every new clip" in text_of(desk)
    assert not [one for one in desk.button if one.label in ("Put in service", "Roll back")]


def test_a_trial_shows_what_would_change(two: Settings, opened: Open) -> None:
    store(two, evidence(clip(), (track("A", 2.0, "signs"),)))
    desk = opened("models")
    next(one for one in desk.button if one.label == "Show what would change").click().run()
    with session(two) as database:
        (row,) = trials.latest(database)
        (waiting,) = trials.compared(database, row.id)
        trials.finish(database, waiting.outcome_id, "no_signs", 0.1, -2.0)
    desk.run()
    assert not desk.exception
    assert "Of **1** files **1** would have another band" in text_of(desk)
    table = next(frame.value for frame in desk.dataframe if "Would be" in frame.value)
    assert table.iloc[0][["Now", "Would be"]].tolist() == ["Signs of manipulation", "No signs found"]


def test_a_refused_version_is_tried_to_see_where_it_differs(two: Settings, opened: Open) -> None:
    with session(two) as database:
        model_versions.refuse(database, DESK, 2, "It misses lips.")
    store(two, evidence(clip(), (track("A", 2.0, "signs"),)))
    desk = opened("models")
    tried = next(one for one in desk.selectbox if one.label == "Version to try")
    tried.set_value(2)
    next(one for one in desk.button if one.label == "Show what would change").click().run()
    with session(two) as database:
        (row,) = trials.latest(database)
    assert not desk.exception and row.version == "fake 2" and row.waiting == 1


def test_a_shadow_is_shown_beside_what_stands(two: Settings, opened: Open) -> None:
    analysis_id = store(two, evidence(clip(), (track("A", 2.0, "signs"),)))
    with session(two) as database:
        outcome_id = trials.add_shadow(database, 2, Wish(1, analysis_id, None))
        trials.finish(database, outcome_id or 0, "inconclusive", 0.5, 0.0)
    words = text_of(opened("models"))
    assert "**fake 2** looks at 20 % of new files" in words
    assert "Of **1** files **1** would have another band" in words


def test_it_says_when_the_watch_begins(two: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "which begin with its first analysis" in text_of(opened("models"))
    monkeypatch.setattr("dashboard.components.model_drift.begins", lambda _: datetime(2026, 12, 28, tzinfo=UTC))
    assert "until 28 Dec 2026, 00:00" in text_of(opened("models"))


def test_what_has_moved_is_an_alarm_on_top(two: Settings, opened: Open) -> None:
    moved = Moved("moved", 0.6, 0.3, 60, 400, 0.7, 0.3)
    with session(two) as database:
        drift.keep(database, DESK, 1, 7, {"scores": moved, "resolution": replace(moved, verdict="steady")})
    desk = opened("models")
    assert "something has moved" in desk.warning[0].value and "**Scores**" in desk.warning[0].value
    assert "Shorter side" not in desk.warning[0].value
    table = next(frame.value for frame in desk.dataframe if "Alarm beyond" in frame.value)
    assert table["What"].tolist() == ["Scores", "Shorter side of the picture, px"]
