"""Backups are taken while a worker works, and are worth something: they are restored, and looked at."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from core.errors import TelltaleError
from core.settings import ROOT, Settings, settings
from db import audit, copies, history, jobs, kept_files, media
from db.kept_files import KeptFile
from db.models import Media
from db.session import engine, session
from pipelines.keeping import backup
from pipelines.keeping.backup import Taken, back_up, prune
from pipelines.keeping.manifest import Shelf
from pipelines.keeping.restore import restore
from pipelines.originals import path_of
from tests.actors import DESK
from tests.dashboard.conftest import DESK as PAGES
from tests.db.conftest import info
from tests.jobs.conftest import Desk, WorkerProcess
from tests.keeping.conftest import Elsewhere

BEFORE, DURING = 4, 12  # clips analysed before the backup begins, and put on the desk while it is taken


def quiet(_said: str) -> None:
    """Say nothing."""


def take(config: Settings, target: Path) -> Taken:
    return back_up(config, target, quiet)


def home_at(config: Settings, home: Path) -> Settings:
    return config.model_copy(update={"home": home})


def files_of(config: Settings) -> list[KeptFile]:
    with session(config) as opened:
        return list(kept_files.all_of(opened))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_all(config: Settings, stop: threading.Event) -> None:
    """Somebody at the desk, who never rests."""
    while not stop.wait(0.01):
        with session(config) as opened:
            audit.record(opened, DESK, "note.added", "media:1", text="x" * 200)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk with some analyses, whose worker runs."""
    desk.worker.start()
    for number in range(BEFORE):
        desk.wait(desk.ask(f"{number}.mp4"), "done")
    return desk


@pytest.mark.slow
def test_taken_under_load_it_restores_a_desk_that_holds_together(
    busy: Desk, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=write_all, args=(busy.config, stop))
    writer.start()
    asked = [busy.ask(f"during {number} slow.mp4") for number in range(DURING)]
    busy.wait(asked[0], "running")
    taken = take(busy.config, tmp_path / "backups")
    stop.set()
    writer.join()
    left = [busy.job(number).state for number in asked]
    assert left[-1] == "queued", "the worker was too quick for this test"

    found = elsewhere(busy.config, "restored")
    restored = restore(tmp_path / "backups", found)
    assert restored.good and restored.manifest == taken.manifest
    named = files_of(found)
    with session(found) as opened:
        states = jobs.counts(opened)
    assert states["done"] >= BEFORE and states["queued"] > 0 and states["failed"] == states["cancelled"] == 0
    assert len(named) == BEFORE + DURING + 3 * states["done"]  # originals; crop, heat and frame of each analysis
    assert not taken.manifest.damaged
    assert all(sha256(found.home / file.path) == file.sha256 for file in named)
    with session(found) as opened:
        assert audit.verify(opened, taken.manifest.log_head).broken is None
        assert audit.events(opened, limit=1)[0].action == "backup.restored"
    pages_open(found, monkeypatch)
    the_rest_is_analysed(found, asked)


def pages_open(found: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of a restored desk, by AppTest."""
    monkeypatch.setenv("TELLTALE_HOME", str(found.home))
    monkeypatch.setenv("TELLTALE_DATABASE_URL", found.database_url)
    settings.cache_clear()
    for screen in ("queue", "review", "history", "cases", "log"):
        page = AppTest.from_file(str(PAGES), default_timeout=60).run()
        if screen != "queue":
            page.switch_page(f"screens/{screen}.py")
        if screen == "review":
            page.query_params["analysis"] = "1"
        page.run()
        assert not page.exception, (screen, page.exception)
    settings.cache_clear()


def the_rest_is_analysed(found: Settings, asked: list[int]) -> None:
    """What waited when the backup was taken is done by the restored desk's worker."""
    other = Desk.__new__(Desk)
    other.config, other.worker = found, WorkerProcess(found)
    other.worker.start()
    try:
        for number in asked:
            other.wait(number, "done", 120)
    finally:
        other.worker.kill()
    with session(found) as opened:
        assert history.search(opened).total == BEFORE + DURING


def test_a_second_backup_copies_only_what_is_new(config: Settings, tmp_path: Path) -> None:
    put(config, b"one")
    first = take(config, tmp_path / "backups")
    put(config, b"two")
    second = backup._take(config, Shelf(tmp_path / "backups"), first.manifest.taken_at.replace(year=2030), quiet)
    assert second.copied == 1 and len(second.manifest.files) == len(first.manifest.files) + 1
    assert prune(tmp_path / "backups", 1) == [first.manifest.name]
    assert restore(tmp_path / "backups", home_at(config, tmp_path / "again")).good


def put(config: Settings, content: bytes) -> str:
    """An original with its row; gives its hash."""
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(config.home, digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with session(config) as opened:
        media.add(opened, info(f"{digest[:8]}.mp4", digest))
    return digest


def test_no_secret_is_in_a_backup(config: Settings, tmp_path: Path) -> None:
    told = config.model_copy(update={"database_url": f"sqlite:///{config.home / 'telltale.sqlite'}?x=hunter2"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TELLTALE_DATABASE_URL", "postgresql://u:hunter2@h/d")
        assert "hunter2" not in json.dumps(backup._settings(told))
    taken = take(config, tmp_path / "backups")
    assert "database_url" not in taken.manifest.settings and taken.manifest.settings["max_bytes"]


def test_a_desk_with_a_damaged_file_can_still_be_copied_and_says_so(config: Settings, tmp_path: Path) -> None:
    gone, kept = put(config, b"gone"), put(config, b"kept")
    path_of(config.home, gone).write_bytes(b"something else")
    taken = take(config, tmp_path / "backups")
    assert taken.manifest.damaged == (kept_files.original(gone),)
    found = restore(tmp_path / "backups", home_at(config, tmp_path / "restored"))
    assert not found.good and found.left_out == taken.manifest.damaged
    assert path_of(tmp_path / "restored", kept).read_bytes() == b"kept"


def test_what_is_deleted_meanwhile_is_in_no_backup(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = put(config, b"gone")
    honest = copies.take

    def deleted_after(*asked: object) -> object:
        found = honest(*asked)  # type: ignore[arg-type]
        with session(config) as opened:
            opened.execute(delete(Media))
        path_of(config.home, gone).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(backup.copies, "take", deleted_after)
    taken = take(config, tmp_path / "backups")
    assert not taken.manifest.damaged
    assert not [held for held in taken.manifest.files if held.sha256 == gone]


def spoil_object(shelf: Shelf, digest: str) -> None:
    shelf.object(digest).chmod(0o644)
    shelf.object(digest).write_bytes(b"other")


def test_a_damaged_backup_is_refused_or_left_out(config: Settings, tmp_path: Path) -> None:
    digest = put(config, b"one")
    shelf = Shelf(tmp_path / "backups")
    taken = take(config, shelf.folder)
    spoil_object(shelf, digest)
    found = home_at(config, tmp_path / "restored")
    with pytest.raises(TelltaleError, match="1 files of this backup are gone or altered"):
        restore(shelf.folder, found)
    assert not found.home.exists()
    assert restore(shelf.folder, found, leave_out_damaged=True).left_out == (kept_files.original(digest),)
    database = shelf.backup(taken.manifest.name) / "database"
    database.write_bytes(database.read_bytes()[:-1] + b"x")
    with pytest.raises(TelltaleError, match="database in this backup is damaged"):
        restore(shelf.folder, home_at(config, tmp_path / "third"), leave_out_damaged=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"revision": "9999"}, "does not know"),
        ({"database": "postgresql"}, "is of a desk on postgresql"),
        ({"format": 7}, "another version"),
        ({"files": [{"path": "../../evil", "sha256": "0" * 64, "bytes": 1}]}, "outside the home"),
        ({"files": [{"path": "evil", "sha256": "../../../etc/passwd", "bytes": 1}]}, "can't be read"),
        ({"files": "all"}, "can't be read"),
    ],
)
def test_manifests_that_can_t_be_restored(
    config: Settings, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    shelf = Shelf(tmp_path / "backups")
    path = shelf.backup(take(config, shelf.folder).manifest.name) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(TelltaleError, match=said):
        restore(shelf.folder, home_at(config, tmp_path / "restored"), leave_out_damaged=True)
    assert not (tmp_path / "restored").exists() and not (tmp_path.parent / "evil").exists()


def test_a_home_that_is_not_empty_is_left_alone(config: Settings, tmp_path: Path) -> None:
    take(config, tmp_path / "backups")
    with pytest.raises(TelltaleError, match="is not empty"):
        restore(tmp_path / "backups", config)
    with pytest.raises(TelltaleError, match="outside the desk's own folder"):
        take(config, config.home / "backups")


def test_a_database_that_takes_nothing_leaves_no_half_desk(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(config, b"one")
    shelf = Shelf(tmp_path / "backups")
    path = shelf.backup(take(config, shelf.folder).manifest.name) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"database": "postgresql"}))
    found = home_at(config, tmp_path / "restored").model_copy(update={"database_url": "postgresql://u@nowhere/d"})

    def refuse(_config: Settings, _file: Path) -> None:
        raise TelltaleError("not_copied", "pg_restore failed: no room")

    monkeypatch.setattr(copies, "is_empty", lambda _config: True)
    monkeypatch.setattr(copies, "put_back", refuse)
    with pytest.raises(TelltaleError, match="no room"):
        restore(shelf.folder, found)
    assert not found.home.exists()


def test_a_file_that_is_written_while_it_is_read_lies_under_its_own_hash(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing, honest = config.home / "training" / "answers.jsonl", backup.hashed
    growing.parent.mkdir()
    growing.write_bytes(b"one line")

    def hashed_then_written(path: Path) -> str:
        found = honest(path)
        if path == growing:
            path.write_bytes(b"one line, and another")
        return found

    monkeypatch.setattr(backup, "hashed", hashed_then_written)
    shelf, taken = Shelf(tmp_path / "backups"), take(config, tmp_path / "backups")
    assert not list(shelf.damaged(taken.manifest))
    (held,) = (one for one in taken.manifest.files if one.path == "training/answers.jsonl")
    assert held.sha256 == hashlib.sha256(b"one line, and another").hexdigest()


def test_what_vanishes_or_passes_is_left_out(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, honest = config.home / "training", backup.hashed
    for place in ("scratch-1/a", "aside-2/out/a", "members/1/a", "incoming/a", "unpacked-3/a", "gone", "cut/kept"):
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text("x")

    def vanish(path: Path) -> str:
        if path.name == "gone":
            path.unlink()
        return honest(path)

    monkeypatch.setattr(backup, "hashed", vanish)
    held = [one.path for one in take(config, tmp_path / "backups").manifest.files]
    assert [path for path in held if path.startswith("training")] == ["training/cut/kept"]


def test_on_either_database(either: Settings, elsewhere: Elsewhere, tmp_path: Path) -> None:
    put(either, b"one")
    take(either, tmp_path / "backups")
    found = elsewhere(either, "restored")
    assert restore(tmp_path / "backups", found).good
    with session(found) as opened:
        assert media.names(opened, hashlib.sha256(b"one").hexdigest())
        assert audit.verify(opened).entries == 1
    engine(found.resolved_database_url()).dispose()


def test_the_commands_say_what_they_did(config: Settings, tmp_path: Path) -> None:
    put(config, b"one")
    run("scripts.backup", tmp_path / "backups", home=config.home, says="were new")
    run("scripts.backup", tmp_path / "backups", "--check", home=config.home, says="Reading all of")
    again = tmp_path / "again"
    run("scripts.restore", tmp_path / "backups", again, home=again, says="The log holds: 0 entries")
    refused = run("scripts.restore", tmp_path / "backups", again, home=again, status=1)
    assert "Nothing was restored" in refused


def run(module: str, *arguments: object, home: Path, status: int = 0, says: str = "") -> str:
    environment = {**os.environ, "TELLTALE_HOME": str(home)}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert says in done.stdout
    return done.stdout + done.stderr
