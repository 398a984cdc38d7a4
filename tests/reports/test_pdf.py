"""The PDF, read back with a PDF reader: what it says, on which page, and that it is the same from the same dossier."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from core.evidence import Finding
from core.provenance import Credentials, Fact, Provenance, Trace
from pipelines.reports.dossier import Custody, Dossier, Entry, FirstLook, Note, Source, fingerprint
from pipelines.reports.json import as_json
from pipelines.reports.pages.making import TITLE
from pipelines.reports.pdf import as_pdf
from pipelines.reports.wording import LOOKED
from pipelines.statements import NOWHERE
from tests.reports.dossiers import ANA, AT, BO, CARD, REQUEST, VERDICT, dossier, evidence, exhibit, still

AGAIN = """
import hashlib, sys
from pipelines.reports.pdf import as_pdf
from tests.reports.dossiers import dossier
print(hashlib.sha256(as_pdf(dossier())).hexdigest())
"""
ARABIC, HEBREW, CHINESE = "مقطع الوزير الأخير", "נאום השר", "部长讲话片段最终版"


def pages(made: Dossier) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(as_pdf(made))).pages]


def text_of(made: Dossier) -> str:
    """All text, with every space and line end as one space."""
    return " ".join(" ".join(pages(made)).split())


def test_the_cover_has_question_answer_and_who_signed() -> None:
    cover = " ".join(pages(dossier())[0].split())
    for said in ("The Daily Ledger", "The minister’s speech", "Is this clip genuine?", "No. The face was replaced.",
                 "Signed by Bo Lindqvist (bo), 2 March 2026, 09:05 UTC", "News desk", "Signs of manipulation",
                 "Manipulated; sound: authentic (high confidence)", "What this report can’t say"):  # fmt: skip
        assert said in cover


def test_without_a_signed_answer_the_report_says_that_it_has_none() -> None:
    unsigned = replace(VERDICT, signed_by=None, signed_at=None)
    said = pages(dossier(exhibit(verdicts=(unsigned,)), request=None))[0]
    assert "No answer was signed." in said
    assert "Not signed off" in said


def test_every_page_has_its_number_the_reference_and_the_hash() -> None:
    made = dossier(exhibit(key_frames=8))
    found = pages(made)
    assert len(found) > 3
    for number, page in enumerate(found, 1):
        assert f"page {number} of {len(found)}" in page
        assert "TT-20260302-0001" in page
        assert fingerprint(made) in page


def test_the_same_dossier_makes_the_same_bytes_in_any_process() -> None:
    here = hashlib.sha256(as_pdf(dossier())).hexdigest()
    elsewhere = os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-c", AGAIN], env=elsewhere, capture_output=True, text=True)
    assert done.stdout.strip() == here, done.stderr


def test_another_dossier_makes_other_bytes_and_another_hash() -> None:
    one, other = dossier(), dossier(exhibit(verdicts=(replace(VERDICT, reason="Another reason."),)))
    assert fingerprint(one) != fingerprint(other)
    assert as_pdf(one) != as_pdf(other)


def test_machine_people_and_editor_stand_apart_in_that_order() -> None:
    said = text_of(dossier())
    heads = [said.index(head) for head in ("MACHINE EVIDENCE", "HUMAN VERDICT", "SIGN-OFF")]
    assert heads == sorted(heads)
    assert "Of 50 genuine clips" in said or "None of 50 genuine clips" in said
    assert said.index("50 genuine clips") < said.index("Score 0.88 on a scale from 0 to 1")
    assert "Bo Lindqvist (bo) dissents (2 March 2026, 09:05 UTC): It may be compression." in said


def test_first_looks_stand_below_the_verdict_and_say_what_they_can_not() -> None:
    assert "First looks" not in text_of(dossier())
    looks = (FirstLook(ANA, "genuine", None, AT), FirstLook(BO, None, "Saw <it> before", AT))
    said = text_of(dossier(replace(exhibit(), first_looks=looks)))
    assert "looked genuine Ana Petrović (ana) 2026-03-02 09:05" in said
    assert "skipped: Saw <it> before Bo Lindqvist (bo)" in said
    assert "Other pages may have shown it to her before." in said
    assert said.index("HUMAN VERDICT") < said.index("First looks") < said.index("SIGN-OFF")


def test_what_the_same_face_scores_after_changes_stands_beside_its_frame() -> None:
    assert "the same face" not in text_of(dossier())
    found = exhibit()
    assert found.analysed is not None
    frames = tuple(
        replace(one, variants={"jpeg": 0.41, "small": 0.5, "flip": 0.625})
        for one in found.analysed.key_frames
    )
    made = dossier(replace(found, analysed=replace(found.analysed, key_frames=frames)))
    assert text_of(made).count("the same face after JPEG 0.41, at half size 0.50, mirrored 0.62") == len(
        frames
    )
    assert "called inconclusive" in text_of(made)
    assert as_pdf(made) == as_pdf(made)


def test_why_a_band_holds_is_no_limit() -> None:
    findings = (Finding("unsteady", "Person A: it depends.", "A"), Finding("small", "Small."))
    found = replace(evidence(), findings=findings)
    said = text_of(dossier(exhibit(found=found)))
    assert said.index("Why") < said.index("Person A: it depends.") < said.index("Limits of this file")


@pytest.mark.parametrize(
    ("device", "said"), [("NVIDIA H200", "blend 0.1 on the NVIDIA H200 ·"), (None, "blend 0.1 ·")]
)
def test_the_device_that_scored_is_named(device: str | None, said: str) -> None:
    made = dossier(exhibit(found=replace(evidence(), device=device)))
    assert f"detector {said}" in text_of(made)
    assert json.loads(as_json(made))["exhibits"][0]["analysed"]["evidence"]["device"] == device


def test_heatmaps_are_said_to_be_where_the_model_looked() -> None:
    said = text_of(dossier())
    assert f"{LOOKED[0].lower()}{LOOKED[1:]}" in said
    assert NOWHERE not in said


@pytest.mark.parametrize(("brightest", "said"), [(0, 1), (25, 1), (26, 0)])
def test_a_heatmap_that_is_dark_everywhere_is_said_to_locate_nothing(brightest: int, said: int) -> None:
    found = exhibit(key_frames=2)
    assert found.analysed is not None
    dark = BytesIO()
    Image.linear_gradient("L").point(lambda grey: grey * brightest // 255).save(dark, "PNG")
    bright, other = found.analysed.key_frames
    kept = (bright, replace(other, heat=dark.getvalue()))
    made = dossier(replace(found, analysed=replace(found.analysed, key_frames=kept)))
    assert text_of(made).count(NOWHERE) == said


def test_an_earlier_verdict_is_kept_and_named_as_no_longer_held() -> None:
    before = replace(VERDICT, picture="inconclusive", reason="First look.", current=False)
    said = text_of(dossier(exhibit(verdicts=(VERDICT, before))))
    assert "Earlier verdicts, no longer held" in said
    assert "First look." in said


def test_error_rates_come_from_the_card_and_are_not_made_up_without_one() -> None:
    assert "0.91 (0.87–0.94)" in text_of(dossier())
    without = text_of(replace(dossier(), cards=()))
    assert "no error rate can be given" in without
    assert "so its card can’t be quoted" in without


def test_figures_on_worn_clips_stand_beside_the_others() -> None:
    made = dossier()
    (card,) = made.cards
    worn = card.figures | {"worn": card.figures["test"]}
    said = text_of(replace(made, cards=(card.model_copy(update={"figures": worn}),)))
    assert "clips, the same at 480 lines, CRF 32" in said and "clips, kept apart to the end" in said
    assert "Undecided or not judged" in said


def test_bands_are_told_with_what_they_must_stand() -> None:
    said = text_of(dossier())
    assert "above the upper threshold, also after re-encoding, halving and mirroring" in said
    assert "genuine files like those it was set on pass it" in said
    assert "or crosses one when the picture is re-encoded, made smaller or mirrored" in said
    assert "were scored again after re-encoding, halving and mirroring" in said


def test_where_the_bands_begin_is_told_on_the_scale_of_the_scores() -> None:
    said = " ".join(text_of(dossier()).split())
    assert said.count("signs of manipulation above 0.818, set so that at most 5% of genuine ones pass it") == 2
    assert said.count("no signs below 0.269") == 2
    silent = CARD.scales["image"].thresholds.model_copy(update={"genuine": ()})
    scales = CARD.scales | {"image": CARD.scales["image"].model_copy(update={"thresholds": silent})}
    card = CARD.model_copy(update={"scales": scales})
    assert "none decides" in text_of(replace(dossier(), cards=(card,)))


def test_metadata_and_credentials_appear_where_they_were_read() -> None:
    assert "Content Credentials (C2PA)" not in text_of(dossier())
    found = Provenance(
        facts=(Fact("Made with", "Encoder", "Lavf61"),),
        traces=(
            Trace("encoder", "FFmpeg", "encoder: Lavf61", "FFmpeg wrote this file.", "Many programs use it."),
        ),
        credentials=Credentials("intact", "unknown", issuer="Example Camera Ltd"),
    )
    said = text_of(dossier(replace(exhibit(), provenance=found)))
    for expected in (
        "Lavf61",
        "FFmpeg wrote this file.",
        "Intact:",
        "Signer not known:",
        "Example Camera Ltd",
    ):
        assert expected in said
    assert "**" not in said


def test_what_a_file_says_of_its_making_begins_on_the_page_of_its_heading() -> None:
    read = Provenance(tuple(Fact("General", f"Field {number}", "value") for number in range(12)), ())
    for many in range(0, 48, 6):  # the heading comes to stand at every height of a page
        notes = tuple(Note(1.0, "A", "Here.", ANA, AT) for _ in range(many))
        found = replace(exhibit(notes=notes, key_frames=0), provenance=read)
        (page,) = [page for page in pages(dossier(found)) if TITLE in page]
        assert "Field 0" in page


def test_the_log_is_told_in_words() -> None:
    told = {"impression": "genuine", "links": ["https://a.org", "b"], "score_of": 1}
    entry = Entry(7, AT, "ana", "first_look.given", "media:1", told, "cd" * 32)
    said = text_of(replace(dossier(), custody=Custody((entry,), True, "ef" * 32)))
    told_so = "gave a first look: looked genuine · file 1 · links https://a.org, b; score of 1"
    assert told_so.replace(" ", "") in re.sub(r"\s", "", said)  # lines may break anywhere


def test_a_deadline_in_the_log_is_written_as_its_times_are() -> None:
    entry = Entry(7, AT, "ana", "case.opened", "case:4", {"deadline": "2026-12-03T14:16:17.952497+00:00"}, "cd" * 32)
    assert "deadline 2026-12-03 14:16" in text_of(replace(dossier(), custody=Custody((entry,), True, "ef" * 32)))


def test_a_changed_original_and_a_broken_log_are_not_passed_over() -> None:
    made = dossier(replace(exhibit(), original_intact=False))
    said = text_of(replace(made, custody=Custody(made.custody.entries, False, "0" * 64)))
    assert "MISSING OR CHANGED" in said
    assert "THE LOG DOES NOT HOLD" in said


def test_a_file_that_was_not_analysed_has_no_machine_evidence() -> None:
    bare = replace(exhibit(verdicts=()), analysed=None)
    said = text_of(dossier(bare))
    assert "This file was not analysed" in said
    assert "Nobody has given a verdict" in said


def test_a_still_has_no_timeline() -> None:
    found = still(evidence(frames=1))
    said = text_of(dossier(exhibit(found=found, key_frames=1)))
    assert "Score over time" not in said
    assert "Person by person" in said
    assert "From To" not in said and "frames looked at" not in said


def test_a_file_without_faces_has_no_people() -> None:
    said = text_of(dossier(exhibit(found=evidence(tracks=0), key_frames=0)))
    assert "No face found" in said
    assert "Person by person" not in said


@pytest.mark.parametrize("name", [ARABIC, HEBREW, CHINESE, "장관 연설 클립"])
def test_names_of_any_script_are_found_again(name: str) -> None:
    asked = replace(REQUEST, title=name, question=name, requester=name)
    reader = PdfReader(BytesIO(as_pdf(dossier(exhibit(name=name), request=asked))))
    assert name in reader.pages[0].extract_text()
    assert reader.metadata is not None
    assert name in str(reader.metadata.title)


def test_every_font_is_embedded_with_the_characters_it_stands_for() -> None:
    reader = PdfReader(BytesIO(as_pdf(dossier(exhibit(name=f"{ARABIC} {CHINESE}")))))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    composite = [font.get_object() for font in fonts]
    assert {str(font["/Subtype"]) for font in composite} == {"/Type0"}
    assert {str(font["/BaseFont"]).split("+")[1] for font in composite} >= {
        "NotoSans-400",
        "NotoSansArabic-400",
    }
    for font in composite:
        assert "/ToUnicode" in font
        assert "/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]


def test_markup_and_formulas_in_names_are_text() -> None:
    name = "<b>bold</b> &amp; <font color=red>.mp4"
    note = Note(1.0, "A", "<para>=cmd|' /C calc'!A0</para> (nested \\(brackets", ANA, AT)
    said = text_of(dossier(exhibit(name=name, notes=(note,))))
    assert name in said
    assert note.text in said


def test_very_long_names_and_texts_stay_on_the_page() -> None:
    long_name = "a_very_long_name_without_a_single_space" * 12 + ".mp4"
    source = Source("https://example.org/" + "x" * 400, "A title " * 40, AT)
    one = exhibit(name=long_name, verdicts=(replace(VERDICT, reason="Reason. " * 900),))
    made = dossier(replace(one, received=replace(one.received, sources=(source,))))
    reader = PdfReader(BytesIO(as_pdf(made)))
    assert long_name in re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    assert rightmost(reader) <= 595 - 56  # A4 less its margin, points


def rightmost(reader: PdfReader) -> float:
    """How far to the right any text begins, points."""
    far = 0.0

    def see(text: str, _cm: object, tm: list[float], _font: object, _size: object) -> None:
        nonlocal far
        far = max(far, tm[4]) if text.strip() else far

    for page in reader.pages:
        page.extract_text(visitor_text=see)
    return far


@pytest.mark.slow
def test_forty_people_and_two_hundred_frames_lay_out() -> None:
    found = evidence(tracks=40, frames=200)
    made = dossier(exhibit(found=found, key_frames=200))
    text = pages(made)
    whole = " ".join(text)
    assert all(f"Person {track.id}" in whole for track in found.tracks)
    assert whole.count("this frame alone") >= 170  # every seventh was not judged
    assert not any(len(page) < 250 for page in text[:-1] if "this frame alone" not in page)
    assert len(text) < 60
