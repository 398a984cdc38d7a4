"""CSV that opens in Excel and pandas, JSON in full."""

import hashlib
import json
from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest

from pipelines.reports.csv import COLUMNS, as_csv, safe
from pipelines.reports.dossier import evidence_fingerprint, fingerprint, first_evidence_fingerprint
from pipelines.reports.json import as_json
from tests.reports.dossiers import dossier, evidence, exhibit

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1"]


def test_pandas_reads_one_line_for_each_face() -> None:
    made = dossier(exhibit(found=evidence(tracks=40, frames=200), key_frames=0), exhibit(2, "二.mp4"))
    table = pd.read_csv(BytesIO(as_csv(made)))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 40 * 200 + 20
    assert set(table["file"]) == {"clip.mp4", "二.mp4"}
    assert table["frame_score"].between(0, 1).sum() == table["not_judged_because"].isna().sum()
    assert set(table["dossier_sha256"]) == {fingerprint(made)}


def test_what_scored_stands_beside_the_detector() -> None:
    for device in ("NVIDIA T4", None):
        scored = replace(evidence(), device=device)
        table = pd.read_csv(BytesIO(as_csv(dossier(exhibit(found=scored)))), keep_default_na=False)
        assert set(zip(table["detector"], table["device"], strict=True)) == {("blend 0.1", device or "")}


def test_excel_is_told_that_it_is_utf8() -> None:
    assert as_csv(dossier()).startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in as_csv(dossier())


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    assert str(safe(text)).startswith("'")
    table = pd.read_csv(BytesIO(as_csv(dossier(exhibit(name=f"{text}|calc.mp4")))), dtype=str)
    assert table["file"].str.startswith("'").all()


def test_no_hidden_direction_marks_are_left_in_a_cell() -> None:
    assert "\u2068" not in as_csv(dossier()).decode("utf-8-sig")


def test_numbers_stay_numbers() -> None:
    assert safe(-0.25) == -0.25
    found = evidence()
    moved = replace(found.tracks[0].frames[0], box=(-12.0, 0.0, 30.0, 30.0))
    person = replace(found.tracks[0], frames=(moved,))
    table = pd.read_csv(
        BytesIO(as_csv(dossier(exhibit(found=replace(found, tracks=(person,)), key_frames=0))))
    )
    assert table["box_x"].tolist() == [-12.0]


def test_a_file_without_faces_has_a_line() -> None:
    table = pd.read_csv(BytesIO(as_csv(dossier(exhibit(found=evidence(tracks=0), key_frames=0)))))
    assert table["machine_evidence"].tolist() == ["No face found"]
    assert table["score"].isna().all()


def test_json_has_everything_and_both_hashes() -> None:
    made = dossier(exhibit(found=evidence(tracks=2)))
    told = json.loads(as_json(made))
    assert told["dossier_sha256"] == fingerprint(made)
    assert told["issue"]["at"] == "2026-03-02T09:05:00Z"
    one = told["exhibits"][0]
    assert one["evidence_sha256"] == evidence_fingerprint(made.exhibits[0])
    assert len(one["analysed"]["evidence"]["tracks"][1]["frames"]) == 20
    assert one["in_words"]["band"] == "Signs of manipulation"
    frame = made.exhibits[0].analysed.key_frames[0]  # type: ignore[union-attr]
    assert one["analysed"]["key_frames"][0]["frame"] == hashlib.sha256(frame.frame).hexdigest()


def test_both_are_the_same_from_the_same_dossier() -> None:
    assert as_csv(dossier()) == as_csv(dossier())
    assert as_json(dossier()) == as_json(dossier())


def test_evidence_keeps_its_hash_when_only_people_have_more_to_say() -> None:
    assert evidence_fingerprint(exhibit()) == evidence_fingerprint(exhibit(verdicts=()))
    assert evidence_fingerprint(exhibit()) != evidence_fingerprint(exhibit(found=evidence(raw=1.9)))


def test_evidence_is_also_what_stands_beside_a_score() -> None:
    found = evidence()
    track = found.tracks[0]
    seen = track.frames[0]
    wider = replace(seen, quality=replace(seen.quality, face_px=130.0))
    for changed in (replace(track, frames=(wider, *track.frames[1:])), replace(track, raw_low=-9.0)):
        other = exhibit(found=replace(found, tracks=(changed, *found.tracks[1:])))
        assert evidence_fingerprint(other) != evidence_fingerprint(exhibit())
        assert first_evidence_fingerprint(other) == first_evidence_fingerprint(exhibit())
