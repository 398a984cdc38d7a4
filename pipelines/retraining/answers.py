"""What both detectors said at a gate, file by file, as a table for spreadsheets."""

import csv
from io import StringIO

from core.judgement.bands import WORDS
from core.settings import Settings
from db import audit, gate_answers
from db.gate_answers import Answer
from db.rights import User, require
from db.session import session
from pipelines.first_look import awaited
from pipelines.reports.csv import Cell, safe

COLUMNS = (
    "part", "file", "sha256", "label", "method", "in_service_evidence", "in_service_score", "candidate_evidence",
    "candidate_score",
)  # fmt: skip


def told(config: Settings, reader: User, run_id: int) -> tuple[list[Answer], int]:
    """The files that somebody may be told about, and the number of those that she is to look at first herself."""
    with session(config) as opened:
        found = gate_answers.of_run(opened, run_id)
        waiting = awaited(config, opened, reader, (one.media_id for one in found if one.media_id is not None))
    shown = [one for one in found if one.media_id not in waiting]
    return shown, len(found) - len(shown)


def as_csv(config: Settings, actor: User, run_id: int) -> bytes:
    """All that the actor may be told; UTF-8 with a byte order mark, which Excel needs.

    Raises:
        NotAllowed: the actor may not export.
    """
    require(actor, "export")
    answers, _ = told(config, actor, run_id)
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe(cell) for cell in _cells(one)] for one in answers)
    with session(config) as opened:
        audit.record(opened, actor, "training.exported", f"training_run:{run_id}", files=len(answers))
    return written.getvalue().encode("utf-8-sig")


def _cells(one: Answer) -> tuple[Cell, ...]:
    before, after = (WORDS[band] if band else None for band in (one.champion_band, one.candidate_band))
    return (
        one.part, one.name, one.sha256, one.label, one.method, before, one.champion_score, after, one.candidate_score
    )  # fmt: skip
