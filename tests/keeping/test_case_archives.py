"""A case goes from one desk to another whole, or not at all. What was said there is kept, and is nobody's word here."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, case_file, case_imports, cases, media, verdicts
from db.cases import Asked
from db.deletion import Order
from db.models import now
from db.rights import NotAllowed, User
from db.session import session
from pipelines.keeping.cases import importing
from pipelines.keeping.cases.exporting import Exported, export_case
from pipelines.keeping.cases.importing import import_case
from pipelines.keeping.cases.record import CaseRecord, SaidOfFile, kept
from pipelines.keeping.deleting import delete_case, delete_media
from pipelines.reports.dossier import Dossier, Issue, evidence_fingerprint
from pipelines.reports.gather import gather, who
from scripts import case as command
from tests.actors import person
from tests.keeping.conftest import Ours
from tests.keeping.desks import files_of, rows_of


def dossier(config: Settings, case_id: int, actor: User) -> Dossier:
    about = Issue("TT-1", "case", f"case:{case_id}", now(), who(actor), "1")
    with session(config) as opened:
        return gather(opened, config, about)


def test_both_desks_report_the_same_evidence(
    either: Settings, theirs: Settings, handed_on: Exported, tmp_path: Path
) -> None:
    ours = either.model_copy(update={"models": tmp_path / "models"})
    ed = person(ours, "ed", "editor")
    imported = import_case(ours, ed, handed_on.path)
    assert (imported.new_files, imported.new_analyses, imported.known) == (2, 2, False)
    there, here = dossier(theirs, 1, ed), dossier(ours, imported.case_id, ed)
    assert [evidence_fingerprint(one) for one in here.exhibits] == [
        evidence_fingerprint(one) for one in there.exhibits
    ]
    for one, other in zip(here.exhibits, there.exhibits, strict=True):
        assert one.original_intact and one.analysed and other.analysed
        assert all(picture.intact for picture in one.analysed.kept) and len(one.analysed.kept) == 6
        assert [frame.heat for frame in one.analysed.key_frames] == [
            frame.heat for frame in other.analysed.key_frames
        ]
        assert one.provenance is not None and one.provenance.failed is None  # read anew, here
        assert one.verdicts == () and one.notes == ()  # nobody here has said anything
    assert here.request and there.request and here.request.question == there.request.question
    assert here.request.answer is None and here.request.opened_by.login == "ed"
    assert here.custody.chain_holds


def test_what_was_said_there_is_kept_as_text(ours: Ours, theirs: Settings, handed_on: Exported) -> None:
    config, ed = ours
    imported = import_case(config, ed, handed_on.path)
    with session(config) as opened:
        row = case_imports.newest(opened, imported.case_id)
        told = audit.events(opened, f"case:{imported.case_id}", action="case.imported")[0]
        assert row is not None and verdicts.current(opened, min(row.files)) is None
    with session(theirs) as opened:
        first, entries = audit.first(opened), {one.sha256: one for one in audit.events(opened, limit=1000)}
    case = kept(CaseRecord, row.record)
    assert (row.by.login, row.source.desk, row.source.desk_name) == ("ed", first, "The other desk")
    assert told.actor == "ed" and told.details["desk"] == first and told.details["files"] == 2
    assert case.request.answer == "It is not him." and case.request.answered_by.name == "Bob"  # type: ignore[union-attr]
    assert [(one.by.name, one.text) for one in case.comments] == [("Ada", "I know this room.")]
    said = kept(SaidOfFile, row.files[min(row.files)])
    newest = said.verdicts[0]
    assert (newest.by.name, newest.picture, newest.signed_by.name) == ("Ada", "manipulated", "Bob")  # type: ignore[union-attr]
    assert [one.text for notes_of in said.notes.values() for one in notes_of] == ["Look at the teeth."]
    assert {one.action for one in said.custody} >= {"verdict.given", "verdict.signed_off", "note.added"}
    assert all(
        entries[one.sha256] == one for one in (*said.custody, *case.custody)
    )  # found again in that desk's log


def test_taken_in_twice_it_changes_nothing(ours: Ours, handed_on: Exported) -> None:
    config, ed = ours
    first = import_case(config, ed, handed_on.path)
    rows, files = rows_of(config), files_of(config.home)
    again = import_case(config, ed, handed_on.path)
    assert again.known and again.case_id == first.case_id
    assert rows_of(config) == rows and files_of(config.home) == files


def test_what_the_desk_holds_is_not_stored_again(ours: Ours, theirs: Settings, handed_on: Exported) -> None:
    config, ed = ours
    bob = person(theirs, "cleo", "editor")
    with session(theirs) as opened:
        second = cases.start(opened, bob, Asked("Another question"))
        cases.add_item(opened, bob, second, 1)
    import_case(config, ed, handed_on.path)
    before = rows_of(config)
    other = import_case(
        config, ed, export_case(theirs, bob, second, handed_on.path.with_name("other.zip")).path
    )
    after = rows_of(config)
    assert (other.new_files, other.new_analyses) == (0, 0)
    same = ("media", "media_name", "analysis", "track", "artifact", "fingerprint", "provenance")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    with session(config) as opened:
        case = case_file.get(opened, other.case_id)
        assert case and case.exhibits[0].pinned and case.exhibits[0].analysis_id == 1


@pytest.mark.slow
def test_a_file_that_is_deleted_meanwhile_is_told(
    ours: Ours, theirs: Settings, handed_on: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, ed = ours
    root, bob = person(config, "root", "admin"), User(3, "bob", "Bob", "editor", True)
    import_case(config, ed, handed_on.path)
    later = export_case(theirs, bob, 1, handed_on.path.with_name("later.zip"))
    honest = importing.look

    def look(*asked: Any) -> Any:
        found = honest(*asked)
        with session(config) as opened:
            if (number := media.id_of(opened, found[0].sha256)) is None:
                return found
        delete_media(config, root, [number], Order("At this very moment."))
        return found

    monkeypatch.setattr(importing, "look", look)
    with pytest.raises(TelltaleError, match="deleted here while the case came in"):
        import_case(config, ed, later.path)
    monkeypatch.undo()
    assert import_case(config, ed, later.path).new_files == 2


def test_a_later_archive_adds_to_the_same_case(ours: Ours, theirs: Settings, handed_on: Exported) -> None:
    config, ed = ours
    first = import_case(config, ed, handed_on.path)
    with session(theirs) as opened:
        ada = User(2, "ada", "Ada", "analyst", True)
        cases.comment(opened, ada, 1, "One more thing.")
    later = export_case(theirs, person(theirs, "cleo", "editor"), 1, handed_on.path.with_name("later.zip"))
    again = import_case(config, ed, later.path)
    assert again.case_id == first.case_id and not again.known
    with session(config) as opened:
        row, case = case_imports.newest(opened, first.case_id), case_file.get(opened, first.case_id)
    assert row and case and len(case.exhibits) == 2
    assert [one.text for one in kept(CaseRecord, row.record).comments][-1] == "One more thing."


def test_only_editors_exchange_cases(ours: Ours, theirs: Settings, handed_on: Exported) -> None:
    config, _ = ours
    analyst = person(config, "ana")
    with pytest.raises(NotAllowed, match="Only an editor"):
        import_case(config, analyst, handed_on.path)
    with pytest.raises(NotAllowed, match="Only an editor"):
        export_case(theirs, User(2, "ada", "Ada", "analyst", True), 1, handed_on.path.with_name("no.zip"))
    assert not handed_on.path.with_name("no.zip").exists()


def test_what_is_damaged_is_not_handed_on(theirs: Settings, handed_on: Exported) -> None:
    target, bob = handed_on.path.with_name("damaged.zip"), User(3, "bob", "Bob", "editor", True)
    picture = next((theirs.home / "artifacts").rglob("*.png"))
    kept_bytes = picture.read_bytes()
    picture.write_bytes(b"another picture")
    with pytest.raises(TelltaleError, match="was changed"):
        export_case(theirs, bob, 1, target)
    picture.write_bytes(kept_bytes)
    original = next(path for path in (theirs.home / "originals").rglob("*") if path.is_file())
    original.write_bytes(b"another clip")
    with pytest.raises(TelltaleError, match="no longer matches its hash"):
        export_case(theirs, bob, 1, target)
    assert not target.exists() and not list(target.parent.glob("*.part"))


def test_a_desk_knows_its_own_case_and_brings_back_a_deleted_one(
    theirs: Settings, handed_on: Exported
) -> None:
    bob, root = User(3, "bob", "Bob", "editor", True), person(theirs, "root", "admin")
    before = dossier(theirs, 1, bob)
    with pytest.raises(TelltaleError, match="still here: case 1"):
        import_case(theirs, bob, handed_on.path)
    delete_case(theirs, root, 1, Order("By mistake."))
    brought = import_case(theirs, bob, handed_on.path)
    assert brought.case_id == 2 and brought.new_files == 2
    after = dossier(theirs, 2, bob)
    assert list(map(evidence_fingerprint, after.exhibits)) == list(map(evidence_fingerprint, before.exhibits))


def test_what_was_said_there_goes_with_the_case(ours: Ours, handed_on: Exported) -> None:
    config, ed = ours
    imported = import_case(config, ed, handed_on.path)
    delete_case(config, person(config, "root", "admin"), imported.case_id, Order("Asked for."))
    rows = rows_of(config)
    assert rows["case_import"] == rows["file_import"] == rows["media"] == rows["artifact"] == 0
    assert files_of(config.home) == []


def test_the_command(
    ours: Ours, theirs: Settings, handed_on: Exported, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = str(handed_on.path.with_name("again.zip"))

    def run(config: Settings, *said: str) -> int:
        monkeypatch.setattr(command, "settings", lambda: config)
        monkeypatch.setattr(sys, "argv", ["case", *said])
        return command.main()

    assert run(theirs, "export", "1", out, "--by", "bob") == 0
    assert hashlib.sha256(Path(out).read_bytes()).hexdigest() in capsys.readouterr().out
    assert run(theirs, "export", "1", out, "--by", "bob") == 1 and "there already" in capsys.readouterr().err
    assert run(ours[0], "import", out, "--by", "ed") == 0
    assert capsys.readouterr().out == "Case 1: 2 files, 2 of them new; 2 analyses, 2 of them new.\n"
    assert run(ours[0], "import", out, "--by", "ed") == 0 and "Nothing was changed" in capsys.readouterr().out
    assert run(ours[0], "import", out, "--by", "ada") == 1 and "Nobody" in capsys.readouterr().err
