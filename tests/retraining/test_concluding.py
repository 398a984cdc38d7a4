"""The end of a night, while somebody deletes a file that the gate asked about, or asks the run to stop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.detectors.registry import read_card
from core.settings import Settings
from db import audit, deletion, gate_answers, media, model_versions, training_runs
from db.deletion import Order
from db.gate_answers import Answer
from db.session import session
from db.training_runs import Asked
from pipelines import serving
from pipelines.retraining import night
from pipelines.retraining.gate import Decision
from tests.actors import DESK
from tests.at_once import BESIDE
from tests.db.conftest import info

HOLDER = "here:1"
DECISION = Decision(False, ("It is worse.",), (), 1.0, 1.25, {})
HEARD = [
    Answer("newest verdicts", "", "fake", "", "signs", 0.9, "signs", 0.9, info().sha256),
    Answer("reference", "calm.png", "real", "", "no_signs", 0.1, "no_signs", 0.1),
]


def begun(config: Settings) -> Any:
    """A run that is at its end; the file that it asked about has the media id 1."""
    card = read_card(config.shipped_detector)
    with session(config) as opened:
        media.add(opened, info())
        champion = model_versions.register(opened, DESK, card, "served")
        run_id = training_runs.ask(opened, DESK, Asked("person", 10.0, "cpu"))
        assert run_id is not None and training_runs.claim(opened, run_id, HOLDER)
        run = training_runs.get(opened, run_id)
    return SimpleNamespace(run=run, champion=champion, actor=DESK, card=card, version=SimpleNamespace(sha256="d" * 64))


def delete(config: Settings) -> None:
    with session(config) as opened:
        deletion.of_media(opened, DESK, [1], Order("The source asked for it."))


def conclude(config: Settings, started: Any) -> list[Answer]:
    card = started.card.model_copy(update={"sha256": "c" * 64})
    night._conclude(started, card, Path("model"), DECISION, HEARD, config, HOLDER)
    with session(config) as opened:
        row = training_runs.get(opened, started.run.id)
        assert row and row.state == "done"
        return gate_answers.of_run(opened, row.id)


def conclude_while(
    monkeypatch: pytest.MonkeyPatch, config: Settings, started: Any, beside: Callable[[], object]
) -> list[Answer]:
    """Conclude while `beside` is asked for at the worst moment: it must wait, and end once, when we have ended."""
    honest, asked_for = model_versions.register, []
    with ThreadPoolExecutor(1) as other:

        def register(*asked: Any) -> Any:
            made = honest(*asked)  # the log is ours from now on
            asked_for.append(other.submit(beside))
            with pytest.raises(TimeoutError):
                asked_for[-1].result(BESIDE)
            return made

        monkeypatch.setattr(model_versions, "register", register)
        heard = conclude(config, started)
        for one in asked_for:
            one.result(30)
    assert len(asked_for) == 1
    return heard


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "keep", lambda _config, _folder: "candidate")


def test_who_deletes_a_file_meanwhile_waits_and_both_end(
    either: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started = begun(either)
    heard = conclude_while(monkeypatch, either, started, lambda: delete(either))
    assert "trying again" not in caplog.text  # neither stood in the other's way
    assert {one.name for one in heard} <= {"calm.png", info().name}
    with session(either) as opened:
        assert [one.name for one in gate_answers.of_run(opened, started.run.id)] == ["calm.png"]
        assert audit.count(opened, action="media.deleted") == 1


def test_a_file_that_was_deleted_before_takes_nothing_but_its_line(
    either: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, honest = begun(either), media.lock
    asked: list[int] = []

    def lock(opened: Any, *media_ids: int) -> None:
        if not asked and opened.get_bind().dialect.name == "postgresql":  # SQLite's writers stand in line already
            asked.extend(media_ids)
            delete(either)
        honest(opened, *media_ids)

    monkeypatch.setattr(media, "lock", lock)
    names = [one.name for one in conclude(either, started)]
    assert names == (["calm.png"] if asked else [info().name, "calm.png"])


def test_who_asks_it_to_stop_at_the_very_end_waits_and_both_end(
    either: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started = begun(either)
    conclude_while(monkeypatch, either, started, lambda: stop(either, started.run.id))
    assert "trying again" not in caplog.text  # neither stood in the other's way
    with session(either) as opened:
        assert audit.count(opened, action="training.stopped") == 0  # it had ended


def stop(config: Settings, run_id: int) -> None:
    with session(config) as opened:
        training_runs.request_stop(opened, DESK, run_id)
