"""A run as a durable job: in a process that gives way, leaves with its worker, goes on, and can be stopped."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import TelltaleError
from core.generators import journal, shelf
from core.generators.recipe import Recipe
from core.settings import Settings
from db.rights import NotAllowed, User
from db.session import session
from pipelines.lab import sets, training
from pipelines.lab.training import attended
from tests.actors import DESK
from tests.generators.conftest import tiny
from tests.jobs.conftest import Desk

PATIENCE = 240  # s; torch is loaded twice
ANALYST = User(7, "ada", "Ada", "analyst", active=True)


def put_set(config: Settings) -> Path:
    """A folder of noise to learn from."""
    folder = sets.place(config) / "noise"
    folder.mkdir(parents=True)
    for number in range(12):
        image = np.random.default_rng(number).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    return folder


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"after {PATIENCE} s: {what}")
        time.sleep(0.2)


def endless() -> Recipe:
    """Trains until it is stopped, and keeps a checkpoint every other step."""
    return tiny(epochs=1e6, checkpoint_every=2, evaluate_every=1e6)


def step(folder: Path) -> int:
    return shelf.facts(folder).steps if (folder / "checkpoint.json").is_file() else 0


def request(folder: Path, data: Path, recipe: Recipe) -> dict[str, object]:
    plan = recipe.model_dump(mode="json")
    return {"name": "a", "recipe": plan, "data": str(data), "folder": str(folder), "kimg": None,
            "precision": "32-true", "nice": 1, "device": "cpu"}  # fmt: skip


def trainees(folder: Path) -> list[int]:
    """Processes that train into `folder`: their log is open there."""
    found = []
    for place in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if place.readlink() == folder / training.LOG and int(place.parts[2]) != os.getpid():
                found.append(int(place.parts[2]))
        except OSError:  # it ended while we looked
            continue
    return found


@pytest.mark.slow
def test_a_run_goes_on_after_its_worker_died_and_ends_when_it_is_stopped(desk: Desk, tmp_path: Path) -> None:
    config = desk.config
    put_set(config)
    folder = config.runs / "mine"
    with session(config) as opened:
        training.ask(opened, config, DESK, "mine", endless(), "noise", None)
    desk.worker.start()
    until(lambda: step(folder) >= 2, "no checkpoint")
    (pid,) = trainees(folder)
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.nice(0) + config.lab_nice)
    desk.worker.kill()
    until(lambda: not trainees(folder), "the trainee outlived its worker")
    before = step(folder)
    desk.worker.start()
    until(lambda: step(folder) > before, "training did not go on")
    (wish,) = training.trainings(config)
    assert wish.state == "running"
    training.stop(config, DESK, wish)
    until(lambda: not trainees(folder), "the trainee went on")
    assert [one.state for one in training.trainings(config)] == ["stopped"]
    assert step(folder) > before  # what was learned stays


def test_a_run_that_can_t_be_made_says_why(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = attended(request(tmp_path / "run", empty, tiny()), lambda: False)
    assert "has no pictures" in ended["error"]


def test_a_run_that_the_system_ended_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TRAINEE", [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    ended = attended(request(tmp_path / "run", tmp_path, tiny()), lambda: False)
    assert "signal 9" in ended["error"] and "goes on" in ended["error"]
    monkeypatch.setattr(training, "TRAINEE", [sys.executable, "-c", "import time; time.sleep(600)"])
    assert attended(request(tmp_path / "run", tmp_path, tiny()), lambda: True) == {"error": ""}


@pytest.mark.slow
def test_a_run_learns_as_much_as_was_asked(tmp_path: Path) -> None:
    data = put_set(Settings(home=tmp_path / "home"))
    asked = request(tmp_path / "run", data, tiny(evaluated=4)) | {"kimg": 0.008}
    assert attended(asked, lambda: False) == {"error": ""}
    assert step(tmp_path / "run") == 2  # eight pictures in batches of four
    assert "kid" in journal.read(tmp_path / "run")[-1]


def test_who_may_not_train_asks_and_stops_in_vain(config: Settings) -> None:
    put_set(config)
    with session(config) as opened, pytest.raises(NotAllowed, match="Only an editor"):
        training.ask(opened, config, ANALYST, "mine", tiny(), "noise", None)
    with pytest.raises(NotAllowed):
        training.stop(config, ANALYST, training.Training("lab-mine-1", "mine", "running", ""))
    with session(config) as opened, pytest.raises(TelltaleError, match="no set called other"):
        training.ask(opened, config, DESK, "mine", tiny(), "other", None)
    assert training.trainings(config) == []


def test_sets_are_archives_folders_and_tables_that_describe_no_other(config: Settings) -> None:
    assert sets.names(config) == []
    put_set(config)
    for name in ("celeba.zip", "celeba.csv", "fer2013.csv", ".hidden.zip", "readme.txt"):
        (sets.place(config) / name).write_bytes(b"")
    assert sets.names(config) == ["celeba.zip", "fer2013.csv", "noise"]
    with pytest.raises(TelltaleError, match="no set called"):
        sets.path_of(config, "../originals")
