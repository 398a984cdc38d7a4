"""The watched folder: what appears there comes in once, whoever looks; what can't is said once; nothing is touched."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import AnalysisFailed
from core.settings import Settings
from db import audit, jobs, watched_files, workers
from db.models import Media, now
from db.models_intake import WatchedFile
from db.session import session
from pipelines import watched_folder
from pipelines.intake import keep_file
from pipelines.watched_folder import MOST_TRIES, Watcher
from tests.jobs.conftest import Desk, WorkerProcess
from tests.jobs.test_several_workers import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that is watched."""
    place = tmp_path / "dropped"
    place.mkdir()
    return place


@pytest.fixture
def watched(config: Settings, folder: Path) -> Settings:
    """Settings of an empty desk that takes what lies in the folder at the first look."""
    return config.model_copy(update={"watched_folder": folder, "watched_quiet": 0.0})


def picture(shade: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 9, 9)).save(written, "PNG")
    return written.getvalue()


def rows(config: Settings) -> list[jobs.JobRow]:
    with session(config) as opened:
        return jobs.latest(opened)


def let_time_pass(config: Settings, hours: float = 2.0) -> None:
    """As if all that is known of the folder were so much older."""
    with session(config) as opened:
        for row in opened.scalars(select(WatchedFile)):
            row.since -= timedelta(hours=hours)
            if row.not_before:
                row.not_before -= timedelta(hours=hours)


def said(config: Settings, name: str) -> tuple[str | None, str | None]:
    with session(config) as opened:
        (one,) = [one for one in workers.at_work(opened) if one.name == name]
    return one.watches, one.watch_says


def test_a_file_comes_in_once_behind_all_others_and_stays_as_it_is(watched: Settings, folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "Clip.PNG").write_bytes(picture(1))
    (folder / ".part.png").write_bytes(picture(2))
    before = (folder / "deeper" / "Clip.PNG").stat()
    first = Watcher(watched, "one")
    first.look(), first.look(), Watcher(watched, "one").look(), Watcher(watched, "two").look()
    (job,) = rows(watched)
    assert (job.name, job.priority, job.state, job.origin) == ("Clip.PNG", "background", "queued", "folder")
    after = (folder / "deeper" / "Clip.PNG").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_mode,
    )
    with session(watched) as opened:
        (received,) = audit.events(opened, action="media.received")
    assert (received.actor, received.details["origin"]) == ("desk", "folder")


def test_a_file_that_grows_is_waited_for(watched: Settings, folder: Path) -> None:
    patient = watched.model_copy(update={"watched_quiet": 3600.0})
    whole = picture(1)
    (folder / "a.png").write_bytes(whole[:50])
    watcher = Watcher(patient, "one")
    watcher.look(), watcher.look()
    let_time_pass(watched)
    (folder / "a.png").write_bytes(whole)
    watcher.look()
    assert rows(watched) == []
    with session(watched) as opened:
        assert watched_files.coming(opened) == 1
    let_time_pass(watched)
    watcher.look()
    assert [job.state for job in rows(watched)] == ["queued"]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_look(
    watched: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.png").write_bytes(picture(1))

    def read_while_somebody_writes(path: Path, *rest: Any) -> None:
        with path.open("ab") as file:
            file.write(b"more")
        keep_file(path, *rest)

    monkeypatch.setattr(watched_folder, "keep_file", read_while_somebody_writes)
    watcher = Watcher(watched, "one")
    watcher.look()
    assert rows(watched) == [] and not [
        one for one in (watched.home / "originals").rglob("*") if one.is_file()
    ]
    monkeypatch.undo()
    watcher.look()
    assert len(rows(watched)) == 1


def test_a_refused_file_is_said_once_and_tried_again_only_when_it_was_changed(
    watched: Settings, folder: Path
) -> None:
    (folder / "clip.mp4").write_bytes(b"This is no clip. " * 40)
    for watcher in (Watcher(watched, "one"), Watcher(watched, "two")):
        watcher.look(), watcher.look()
    (job,) = rows(watched)
    assert (job.state, job.error_code, job.name) == ("failed", "not_media", "clip.mp4") and job.error_message
    (folder / "clip.mp4").write_bytes(picture(1))
    Watcher(watched, "one").look()
    assert [job.state for job in rows(watched)] == ["queued", "failed"]


def test_what_may_pass_is_tried_again_later_and_not_for_ever(
    watched: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def full(path: Path, *_rest: Any) -> None:
        tried.append(path)
        raise AnalysisFailed("not_stored", "The file could not be stored: No space left on device.")

    monkeypatch.setattr(watched_folder, "keep_file", full)
    (folder / "a.png").write_bytes(picture(1))
    watcher = Watcher(watched, "one")
    watcher.look(), watcher.look()
    assert len(tried) == 1 and rows(watched) == []
    for _ in range(MOST_TRIES + 2):
        let_time_pass(watched)
        watcher.look()
    assert len(tried) == MOST_TRIES
    assert [(job.state, job.error_code) for job in rows(watched)] == [("failed", "not_stored")]


def test_a_file_that_stops_every_worker_is_given_up(watched: Settings, folder: Path) -> None:
    (folder / "a.png").write_bytes(picture(1))
    with session(watched) as opened:
        stamp = watched_folder._stamp(folder / "a.png")
        assert stamp is not None
        key = watched_folder._key(Path("a.png"))
        watched_files.see(opened, {key: stamp}, timedelta())
        opened.execute(update(WatchedFile).values(tries=MOST_TRIES, held_by="one"))
    Watcher(watched, "one").look()
    assert [job.error_code for job in rows(watched)] == ["crashed"]


def test_two_that_look_at_once_take_each_file_in_once(watched: Settings, folder: Path) -> None:
    for shade in range(6):
        (folder / f"{shade}.png").write_bytes(picture(shade))
    with session(watched) as opened:
        for name in ("one", "two"):
            workers.beat(opened, name, now())
    start = Barrier(2)

    def go(name: str) -> None:
        watcher = Watcher(watched, name)
        start.wait()
        for _ in range(3):
            with suppress(IntegrityError):  # both wrote down what they saw; the next look goes on
                watcher.look()

    with ThreadPoolExecutor(2) as both:
        list(both.map(go, ["one", "two"]))
    assert sorted(job.name for job in rows(watched)) == [f"{shade}.png" for shade in range(6)]
    with session(watched) as opened:
        assert opened.scalar(select(func.count()).select_from(Media)) == 6
        assert len(audit.events(opened, action="media.received")) == 6


def test_what_somebody_has_in_hand_is_left_to_her_while_she_lives(watched: Settings, folder: Path) -> None:
    (folder / "a.png").write_bytes(picture(1))
    with session(watched) as opened:
        workers.beat(opened, "one", now())
        stamp = watched_folder._stamp(folder / "a.png")
        assert stamp is not None
        key = watched_folder._key(Path("a.png"))
        watched_files.see(opened, {key: stamp}, timedelta())
        assert watched_files.claim(opened, key, stamp, "one", ["one"]) == 1
    other = Watcher(watched, "two")
    other.look()
    assert rows(watched) == []
    with session(watched) as opened:
        workers.sign_off(opened, "one")
    other.look()
    assert len(rows(watched)) == 1
    with session(watched) as opened:
        assert not watched_files.end(opened, key, stamp)  # whoever comes too late undoes what she did


def test_what_is_wrong_with_the_folder_is_told(watched: Settings, folder: Path) -> None:
    with session(watched) as opened:
        workers.beat(opened, "one", now())
    (folder / "notes.txt").write_text("x")
    Watcher(watched, "one").look()
    watches, says = said(watched, "one")
    assert watches == str(folder) and says is not None and "1 file is passed over" in says and ".txt" in says
    Watcher(watched.model_copy(update={"watched_folder": folder / "nowhere"}), "one").look()
    assert said(watched, "one")[1] == "It can't be looked into: No such file or directory."
    Watcher(watched.model_copy(update={"watched_folder": watched.home.parent}), "one").look()
    assert "keeps its own files" in (said(watched, "one")[1] or "")


@pytest.mark.parametrize("either", ["sqlite"], indirect=True)
def test_a_name_that_is_no_text_comes_in(watched: Settings, folder: Path) -> None:
    Path(os.fsdecode(bytes(folder) + b"/\xff\xfe.png")).write_bytes(picture(1))
    Watcher(watched, "one").look()
    assert [job.name for job in rows(watched)] == ["\ufffd\ufffd.png"]


def test_a_file_that_went_away_is_waited_for_no_longer(watched: Settings, folder: Path) -> None:
    patient = Watcher(watched.model_copy(update={"watched_quiet": 3600.0}), "one")
    (folder / "a.png").write_bytes(picture(1))
    patient.look()
    (folder / "a.png").unlink()
    patient.look()
    with session(watched) as opened:
        assert watched_files.coming(opened) == 0


@pytest.mark.slow
def test_a_real_worker_takes_it_in_analyses_it_and_does_not_again_after_it_was_killed(
    desk: Desk, folder: Path
) -> None:
    told = desk.config.model_copy(update={"watched_folder": folder, "watched_quiet": 1.0})
    desk.worker = WorkerProcess(told)
    desk.worker.start()
    until(lambda: said_by_worker(desk) == str(folder))
    (folder / "first.png").write_bytes(picture(1))
    until(lambda: [job.state for job in rows(told)] == ["done"])
    desk.worker.kill()
    desk.worker.start()
    (folder / "second.png").write_bytes(picture(2))
    until(lambda: [job.name for job in rows(told) if job.state == "done"] == ["second.png", "first.png"])
    assert len(rows(told)) == 2 and desk.stored("first.png") == 1


def said_by_worker(desk: Desk) -> str | None:
    with session(desk.config) as opened:
        return next((one.watches for one in workers.at_work(opened)), None)
