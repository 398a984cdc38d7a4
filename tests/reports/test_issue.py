"""Reports from a real analysis on a real desk: what they hold, what is remembered of them, and checking them later."""

import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text

from core.errors import TelltaleError
from core.judgement.bands import CAUTIONS, WORDS
from core.settings import Settings, settings
from db import analyses, audit, people, reports, verdicts
from db.models_reports import ReportFormat
from db.reports import ReportRow
from db.rights import NotAllowed
from db.session import session
from db.verdicts import Said
from pipelines.cards import card_of
from pipelines.originals import path_of as original_of
from pipelines.reports.dossier import Dossier, Issue
from pipelines.reports.gather import gather
from pipelines.reports.issue import issue, path_of
from pipelines.reports.pdf import as_pdf
from pipelines.reports.verify import check
from pipelines.reports.wording import sentence
from scripts import report as report_command
from scripts import verify_report as verify_command
from tests.reports.conftest import CLIP, Desk
from tests.reports.dossiers import ANA, AT


def issued(desk: Desk, wanted: ReportFormat = "pdf") -> ReportRow:
    """A report of the desk's case."""
    return issue(desk.config, desk.ana, "case", desk.case_id, wanted)


def gathered(desk: Desk) -> Dossier:
    """The desk's case as a dossier, as of a fixed time."""
    known = Issue("TT-20260302-0000000A", "case", f"case:{desk.case_id}", AT, ANA, "0")
    with session(desk.config) as opened:
        return gather(opened, desk.config, known)


def words(path: Path) -> str:
    """All text of a PDF, with every space and line end as one space."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_a_case_report_holds_what_machine_and_people_said(desk: Desk) -> None:
    said = words(path_of(desk.config, issued(desk)))
    with session(desk.config) as opened:
        stored = analyses.get(opened, desk.analysis_id)
    assert stored
    found = stored.evidence
    machine = sentence(found, card_of(desk.config, found.model.sha256, stored.created_at))
    for expected in ("The Daily Ledger", "Is it genuine?", "No. The face was manipulated.", "Signed by Bo (bo)",
                     CLIP, WORDS[found.band], machine, CAUTIONS[found.band], "The mouth flickers.",
                     "Bo (bo) confirms", "Left corner of the mouth.", "took in ",
                     "signed the verdict off",
                     "unchanged: its bytes had this hash"):  # fmt: skip
        assert expected and expected in said


def test_what_people_say_to_each_other_stays_on_the_desk(desk: Desk) -> None:
    assert "nervous" not in words(path_of(desk.config, issued(desk)))
    assert b"nervous" not in path_of(desk.config, issued(desk, "json")).read_bytes()


def test_an_analysis_has_a_report_without_a_case(desk: Desk) -> None:
    found = issue(desk.config, desk.ana, "analysis", desk.analysis_id, "pdf")
    said = words(path_of(desk.config, found))
    assert "No question was recorded" in said
    assert "Verdict signed off by Bo" in said


def test_the_same_desk_gives_the_same_bytes(desk: Desk) -> None:
    assert as_pdf(gathered(desk)) == as_pdf(gathered(desk))


def test_key_frames_are_the_heaviest_and_as_many_as_the_settings_say(desk: Desk) -> None:
    two = replace(desk, config=Settings(home=desk.config.home, report_frames=2))
    frames = gathered(two).exhibits[0].analysed.key_frames  # type: ignore[union-attr]
    everything = gathered(replace(desk, config=Settings(home=desk.config.home, report_frames=99)))
    whole = everything.exhibits[0].analysed.key_frames  # type: ignore[union-attr]
    assert [frame.score for frame in whole] == sorted((frame.score for frame in whole), reverse=True)
    assert frames == whole[:2]


def test_csv_and_json_open(desk: Desk) -> None:
    table = pd.read_csv(path_of(desk.config, issued(desk, "csv")))
    assert len(table) == 32
    told = json.loads(path_of(desk.config, issued(desk, "json")).read_text("utf-8"))
    assert told["exhibits"][0]["verdicts"][0]["signed_by"]["name"] == "Bo"


def test_issuing_is_remembered_and_logged(desk: Desk) -> None:
    found = issued(desk)
    with session(desk.config) as opened:
        assert reports.by_reference(opened, found.reference) == found
        assert [one.reference for one in reports.of_subject(opened, f"case:{desk.case_id}")] == [
            found.reference
        ]
        event = audit.events(opened, f"case:{desk.case_id}", action="report.issued")[0]
        assert audit.verify(opened).broken is None
    assert event.actor == "ana"
    assert event.details["file_sha256"] == found.file_sha256


def test_nobody_without_a_role_can_issue(desk: Desk) -> None:
    with session(desk.config) as opened:
        nobody = people.from_provider(opened, "https://id.example.org", "7", "new", "New")
    with pytest.raises(NotAllowed):
        issue(desk.config, nobody, "case", desk.case_id, "pdf")
    assert not (desk.config.home / "reports").exists()


def test_what_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(TelltaleError, match="not on this desk"):
        issue(desk.config, desk.ana, "analysis", 999, "pdf")
    with pytest.raises(TelltaleError, match="at least one file"):
        issue(desk.config, desk.ana, "case", 999, "csv")


def test_a_logo_stands_on_the_first_page_and_a_bad_one_is_refused(desk: Desk, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (120, 40), (200, 0, 0, 128)).save(logo)
    branded = replace(desk, config=Settings(home=desk.config.home, outlet_logo=logo))
    plain = len(PdfReader(BytesIO(as_pdf(gathered(desk)))).pages[0].images)
    assert len(PdfReader(BytesIO(as_pdf(gathered(branded)))).pages[0].images) == plain + 1
    logo.write_bytes(b"<svg/>")
    with pytest.raises(TelltaleError, match="PNG or JPEG"):
        gathered(branded)


def test_an_issued_file_is_known_again(desk: Desk) -> None:
    for wanted in ("pdf", "csv", "json"):
        found = issued(desk, wanted)  # type: ignore[arg-type]
        checked = check(desk.config, path_of(desk.config, found))
        assert checked.good
        assert checked.report == found


def test_one_changed_byte_is_seen(desk: Desk, tmp_path: Path) -> None:
    for wanted in ("pdf", "csv", "json"):
        found = issued(desk, wanted)  # type: ignore[arg-type]
        content = bytearray(path_of(desk.config, found).read_bytes())
        content[len(content) // 2] ^= 1
        forged = tmp_path / found.file_name
        forged.write_bytes(content)
        checked = check(desk.config, forged)
        assert checked.state == "altered"
        assert checked.report == found
        assert not checked.good


def test_a_file_of_nobody_is_unknown(desk: Desk, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pdf"
    stranger.write_bytes(b"%PDF-1.4 TT-20260302-FFFFFFFF")
    assert check(desk.config, stranger).state == "unknown"


def test_changed_evidence_is_seen(desk: Desk) -> None:
    path = path_of(desk.config, issued(desk))
    with session(desk.config) as opened:
        opened.execute(text("UPDATE frame_score SET score = 0.5 WHERE frame_index = 0"))
    (wrong,) = check(desk.config, path).exhibits[0].wrong
    assert "What the database says" in wrong


def test_a_changed_original_and_a_changed_picture_are_seen(desk: Desk) -> None:
    path = path_of(desk.config, issued(desk))
    sha256 = gathered(desk).exhibits[0].sha256
    original = original_of(desk.config.home, sha256)
    original.chmod(0o644)
    original.write_bytes(original.read_bytes() + b"x")
    next((desk.config.home / "artifacts").rglob("*.jpg")).write_bytes(b"another")
    checked = check(desk.config, path)
    assert any("original is missing or was changed" in wrong for wrong in checked.exhibits[0].wrong)
    assert any("1 of the pictures" in wrong for wrong in checked.exhibits[0].wrong)
    again = words(path_of(desk.config, issued(desk)))
    assert "MISSING OR CHANGED" in again


def test_a_newer_verdict_is_told_but_is_not_wrong(desk: Desk) -> None:
    path = path_of(desk.config, issued(desk))
    with session(desk.config) as opened:
        before = verdicts.current(opened, desk.media_id)
        assert before is not None
        later = Said("inconclusive", "low", "A second look.")
        verdict_id = verdicts.give(opened, desk.ana, desk.media_id, later, instead_of=before.id)
        opened.execute(
            text("UPDATE verdict SET at = '2099-01-01 00:00:00' WHERE id = :id"), {"id": verdict_id}
        )
    checked = check(desk.config, path)
    assert checked.good
    assert checked.exhibits[0].newer_verdict


def test_the_commands_issue_and_check(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELLTALE_HOME", str(desk.config.home))
    settings.cache_clear()
    out = tmp_path / "out.pdf"
    monkeypatch.setattr(sys, "argv", ["report", "--case", str(desk.case_id), "--out", str(out), "--by", "bo"])
    assert report_command.main() == 0
    monkeypatch.setattr(sys, "argv", ["verify_report", str(out)])
    assert verify_command.main() == 0
    assert "byte for byte" in capsys.readouterr().out
    out.write_bytes(out.read_bytes() + b" ")
    assert verify_command.main() == 2
    assert "NOT the file that was issued" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["verify_report", str(tmp_path / "nowhere.pdf")])
    assert verify_command.main() == 1
    monkeypatch.setattr(sys, "argv", ["report", "--analysis", "999"])
    assert report_command.main() == 1
    settings.cache_clear()
