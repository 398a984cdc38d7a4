"""Deleted is deleted: no row, no file, no search finds it. What stays is the log, and its chain holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from core.errors import TelltaleError
from core.fingerprints import Fingerprint
from core.settings import Settings
from db import audit, case_file, deletion, fingerprints, holds, jobs, kept_files, media, reports, search
from db.deletion import Order
from db.models import Base, Job, Media
from db.models_keeping import PendingRemoval
from db.rights import NotAllowed, User
from db.session import session
from pipelines import intake, playback
from pipelines.intake import take_in
from pipelines.jobs import cancel
from pipelines.keeping import deleting
from pipelines.keeping.deleting import delete_case, delete_media, remove_files
from pipelines.keeping.manifest import hashed
from pipelines.originals import path_of
from tests.actors import DESK, person
from tests.jobs.conftest import Desk
from tests.keeping.desks import WORDS, put_case, put_file, put_report

ORDER = Order("The person shown asks for it.")
PROOF = (("media:1", "media.deleted"), ("media:1", "files.removed"), ("case:1", "case.deleted"))
STAYS = {
    "audit_event", "desk_version", "desk_user", "report", "alembic_version", "model_version", "pending_removal",
    "case_tag",
}  # fmt: skip


def rows_of(config: Settings) -> dict[str, int]:
    with session(config) as opened:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in STAYS]
        return {table.name: len(opened.execute(select(table)).all()) for table in tables}


def files_of(home: Path) -> list[Path]:
    folders = ("originals", "artifacts", "reports")
    return sorted(path for folder in folders for path in (home / folder).rglob("*") if path.is_file())


def give_fingerprint(config: Settings, media_id: int) -> None:
    with session(config) as opened:
        prints = Fingerprint(np.zeros(1, np.float32), np.zeros((1, 32), np.uint8))
        fingerprints.keep(opened, media_id, prints, [1, 2, 3])
        search.refresh(opened)


def test_nothing_is_left_of_a_case_and_its_files_but_the_log(config: Settings) -> None:
    put_file(config, "a")
    case = put_case(config, 1)
    reference = put_report(config, case)
    give_fingerprint(config, 1)
    copy = playback.folder_of(config.home, "a" * 64) / "copy.mp4"
    copy.parent.mkdir()
    copy.write_bytes(b"what a browser plays")
    before = rows_of(config)
    assert all(before[name] for name in ("media", "analysis", "track", "frame_score", "artifact", "verdict", "note",
               "case_file", "case_item", "case_comment", "search_text", "fingerprint_key"))  # fmt: skip
    assert delete_case(config, DESK, case, ORDER) == 0
    left = rows_of(config)
    assert not {name: count for name, count in left.items() if count and name != "search_stale"}
    assert files_of(config.home) == []
    with session(config) as opened:
        found = search.found(opened, WORDS)
        assert found is not None and opened.scalars(found).all() == []
        report = reports.by_reference(opened, reference)
        assert report is not None and report.removed_at is not None
        assert audit.verify(opened).broken is None


def test_the_log_is_the_proof(config: Settings) -> None:
    put_file(config, "a")
    case = put_case(config, 1)
    reference = put_report(config, case)
    admin = person(config, "root", "admin")
    delete_case(config, admin, case, ORDER)
    with session(config) as opened:
        gone, removed, of_case = (
            audit.events(opened, subject, action=action)[0]
            for subject, action in PROOF
        )
    assert gone.actor == "root" and gone.details == {
        "sha256": "a" * 64, "bytes": 1000, "reason": ORDER.reason, "rule": "asked", "case": case,
        "reports": [reference],
    }  # fmt: skip
    assert removed.details == {"places": 6, "left": 0}  # original, three pictures, their folder, the report
    assert of_case.details["files"] == [1] and of_case.details["files_kept"] == []


def test_files_of_other_cases_stay_unless_asked(config: Settings) -> None:
    for letter in "ab":
        put_file(config, letter)
    first, second = put_case(config, 1, 2), put_case(config, 2)
    delete_case(config, DESK, first, ORDER)
    assert path_of(config.home, "b" * 64).is_file() and not path_of(config.home, "a" * 64).exists()
    third = put_case(config, 2)
    delete_case(config, DESK, third, ORDER, everywhere=True)
    assert not path_of(config.home, "b" * 64).exists()
    with session(config) as opened:
        rest = case_file.get(opened, second)
        assert rest is not None and rest.exhibits == ()


def test_a_report_goes_with_the_first_file_that_it_shows(config: Settings) -> None:
    for letter in "ab":
        put_file(config, letter)
    case = put_case(config, 1, 2)
    reference, untouched = put_report(config, case), put_report(config, put_case(config, 2))
    delete_media(config, DESK, [1], ORDER)
    left = [path.stem for path in (config.home / "reports").iterdir()]
    assert left == [untouched] and reference not in left


def test_no_backup_misses_a_report_that_was_deleted(config: Settings) -> None:
    put_file(config, "a")
    reference = put_report(config, put_case(config, 1))
    place = kept_files.report(reference, "csv")
    with session(config) as opened:
        (file,) = (one for one in kept_files.all_of(opened) if one.path == place)
        assert kept_files.still_named(opened, file)
    delete_media(config, DESK, [1], ORDER)
    with session(config) as opened:
        assert place not in {one.path for one in kept_files.all_of(opened)}
        assert not kept_files.still_named(opened, file)


def test_who_may_not_and_why_not(config: Settings) -> None:
    put_file(config, "a")
    case = put_case(config, 1)
    editor = person(config, "ed", "editor")
    with pytest.raises(NotAllowed, match="Only an admin"):
        delete_case(config, editor, case, ORDER)
    with pytest.raises(TelltaleError, match="Say why"):
        delete_case(config, DESK, case, Order("  "))
    with session(config) as opened:
        holds.put(opened, editor, "media:1", "Court order 7/26")
    refusals = (lambda: delete_case(config, DESK, case, ORDER), lambda: delete_media(config, DESK, [1], ORDER))
    for refused in refusals:
        with pytest.raises(TelltaleError, match="a.mp4 is under legal hold, set by Ed: Court order 7/26"):
            refused()
    with session(config) as opened:
        holds.lift(opened, editor, "media:1", "Settled.")
        holds.put(opened, editor, f"case:{case}", "Court order 8/26")
        assert holds.over_media(opened, 1) == holds.on(opened, f"case:{case}")
    for refused in refusals:
        with pytest.raises(TelltaleError, match="Court order 8/26"):
            refused()
    assert len(files_of(config.home)) == 4
    with session(config) as opened:
        holds.lift(opened, editor, f"case:{case}", "Settled.")
        with pytest.raises(NotAllowed, match="Only an editor"):
            holds.put(opened, User(9, "ada", "Ada", "analyst", True), "media:1", "x")
    delete_case(config, DESK, case, ORDER)
    assert files_of(config.home) == []


def test_a_file_that_is_being_analysed_is_refused(config: Settings) -> None:
    put_file(config, "a")
    with session(config) as opened:
        job = jobs.add(opened, 1, "a.mp4", "normal")
    with pytest.raises(TelltaleError, match="is being analysed"):
        delete_media(config, DESK, [1], ORDER)
    with session(config) as opened:
        opened.execute(delete(Job).where(Job.id == job.id))
    delete_media(config, DESK, [1], ORDER)


def test_what_was_stopped_and_deleted_troubles_no_worker(desk: Desk) -> None:
    stopped = desk.ask("stopped.mp4")
    cancel(desk.config, DESK, stopped)
    delete_media(desk.config, DESK, [desk.job(stopped).media_id or 0], ORDER)
    desk.worker.start()
    desk.wait(desk.ask("next.mp4"), "done")
    assert "Traceback" not in desk.worker.log.read_text()


def test_an_id_is_never_given_twice(either: Settings) -> None:
    put_file(either, "a")
    delete_media(either, DESK, [1], ORDER)
    with session(either) as opened:
        assert media.by_sha256(opened, "a" * 64) is None
    assert put_file(either, "b") == 2
    with session(either) as opened:
        assert media.id_of(opened, "b" * 64) == 2
        assert "media.deleted" not in {one.action for one in audit.of_media(opened, 2)}


def test_an_empty_folder_that_somebody_else_removes_is_no_fault(
    config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file(config, "a")
    monkeypatch.setattr(Path, "rmdir", lambda _folder: (_ for _ in ()).throw(FileNotFoundError()))
    assert delete_media(config, DESK, [1], ORDER) == 0


def test_what_could_not_be_removed_is_removed_later(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put_file(config, "a")
    honest = deleting._remove
    monkeypatch.setattr(deleting, "_remove", lambda told, path: "originals" not in path.parts and honest(told, path))
    assert delete_media(config, DESK, [1], ORDER) == 1
    assert path_of(config.home, "a" * 64).is_file()
    monkeypatch.undo()
    assert remove_files(config) == 0 and files_of(config.home) == []
    with session(config) as opened:
        done = audit.events(opened, "media:1", action="files.removed")
    assert [one.details for one in done] == [{"places": 1, "left": 0}, {"places": 4, "left": 1}]


def test_the_same_file_coming_in_again_is_not_removed(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put_file(config, "a")
    monkeypatch.setattr(deleting, "_remove", lambda _config, _path: False)
    delete_media(config, DESK, [1], ORDER)
    monkeypatch.undo()
    with session(config) as opened:
        deletion.take_back(opened, "a" * 64)
    put_file(config, "a")
    assert remove_files(config) == 0
    assert path_of(config.home, "a" * 64).is_file()
    with session(config) as opened:
        assert kept_files.KeptFile(kept_files.original("a" * 64), "a" * 64) in list(kept_files.all_of(opened))
        assert opened.scalars(select(Media.id)).all() == [2]


def test_a_file_that_is_deleted_while_it_comes_in_again_is_kept(
    config: Settings, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, honest = sorted(samples.glob("*.mp4"))[0], intake.look
    first = take_in(file, "first", config, DESK)
    cancel(config, DESK, first.job_id)

    def look(*asked: Any) -> Any:
        found = honest(*asked)
        with session(config) as opened:
            deletion.of_media(opened, DESK, [1], ORDER)
        return found

    monkeypatch.setattr(intake, "look", look)
    assert take_in(file, "again", config, DESK).known
    remove_files(config)
    assert path_of(config.home, first.sha256 or "").is_file()


def test_intake_takes_the_note_back(config: Settings, samples: Path) -> None:
    clip = sorted(samples.glob("*.jpg")) or sorted(samples.glob("*.mp4"))
    sha256 = hashed(clip[0])
    with session(config) as opened:
        opened.add(PendingRemoval(sha256=sha256, subject="media:1", path=kept_files.original(sha256)))
    assert take_in(clip[0], "again", config, DESK).refusal is None
    remove_files(config)
    assert path_of(config.home, sha256).is_file()
