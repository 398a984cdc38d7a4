"""The history as a table for spreadsheets: a line for each analysis, machine and person in columns of their own."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from sqlalchemy.orm import Session

from core.judgement.bands import WORDS
from core.settings import Settings
from db import audit, history
from db.history import Filter, HistoryRow, Sort
from db.rights import User, require
from db.session import session
from db.verdicts import WORDS as VERDICTS
from pipelines.reports.csv import Cell, safe

AT_ONCE = 1000  # rows
COLUMNS = (
    "analysis", "name", "sha256", "kind", "machine_evidence", "score", "detector", "human_verdict", "agreement",
    "analysed_at_utc",
)  # fmt: skip


def as_csv(config: Settings, actor: User, wanted: Filter, sort: Sort, only: tuple[int, ...] = ()) -> bytes:
    """All analyses that fit, or only those with these ids; UTF-8 with a byte order mark, which Excel needs.

    Raises:
        NotAllowed: the actor may not export.
    """
    require(actor, "export")
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with session(config) as opened:
        lines = [_line(row) for row in _rows(opened, replace(wanted, ids=only), sort)]
        audit.record(opened, actor, "history.exported", "history", rows=len(lines), text=wanted.text)
    writer.writerows(lines)
    return written.getvalue().encode("utf-8-sig")


def _rows(opened: Session, wanted: Filter, sort: Sort) -> Iterator[HistoryRow]:
    page = history.search(opened, wanted, sort, AT_ONCE)
    yield from page.rows
    while page.after:
        page = history.search(opened, wanted, sort, AT_ONCE, page.after)
        yield from page.rows


def _line(row: HistoryRow) -> list[Cell]:
    human = VERDICTS[row.verdict] if row.verdict else None
    at = row.created_at.isoformat(timespec="seconds")
    detector = f"{row.model_name} {row.model_version}"
    cells: tuple[Cell, ...] = (
        row.analysis_id, row.name, row.sha256, row.kind, WORDS[row.band], row.score, detector, human, row.agreement,
        at,
    )  # fmt: skip
    return [safe(cell) for cell in cells]
