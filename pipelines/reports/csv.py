"""A report for spreadsheets: a line for every face in every frame, judged or not, and what is known of file and person.

UTF-8 with a byte order mark, without which Excel takes it for a Windows code page; pandas reads it either way. A text
that a spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from core.evidence import FrameScore
from core.judgement.bands import WORDS
from pipelines.reports.dossier import Dossier, Exhibit, fingerprint
from pipelines.reports.typeset.shaping import UNSEEN
from pipelines.reports.wording import human, machine, signed

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
COLUMNS = (
    "report", "dossier_sha256", "exhibit", "file", "sha256", "machine_evidence", "score", "detector", "device",
    "human_verdict", "signed_off", "person", "person_result", "person_score", "frame", "time_s",
    "box_x", "box_y", "box_width", "box_height", "frame_score", "face_px", "not_judged_because",
)  # fmt: skip
Cell = str | int | float | None


def as_csv(dossier: Dossier) -> bytes:
    """The same for the same dossier. A file without faces has one line."""
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    report = (dossier.issue.reference, fingerprint(dossier))
    for exhibit in dossier.exhibits:
        writer.writerows([*map(safe, report), *map(safe, row)] for row in _rows(exhibit))
    return written.getvalue().encode("utf-8-sig")


def safe(cell: Cell) -> Cell:
    """What no spreadsheet takes for a formula. Numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    cell = cell.translate(UNSEEN)
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _rows(exhibit: Exhibit) -> Iterator[list[Cell]]:
    head = _head(exhibit)
    tracks = exhibit.analysed.evidence.tracks if exhibit.analysed else ()
    if not tracks:
        yield head + [None] * (len(COLUMNS) - len(head) - 2)
    for track in tracks:
        for frame in track.frames:
            yield [*head, track.id, WORDS[track.band], track.score, *_frame(frame)]


def _head(exhibit: Exhibit) -> list[Cell]:
    found = exhibit.analysed.evidence if exhibit.analysed else None
    detector = f"{found.model.name} {found.model.version}" if found else None
    return [exhibit.number, exhibit.name, exhibit.sha256, machine(exhibit), found.score if found else None,
            detector, found.device if found else None, human(exhibit.verdict), signed(exhibit.verdict)]  # fmt: skip


def _frame(frame: FrameScore) -> list[Cell]:
    return [
        frame.index,
        frame.time,
        *frame.box,
        frame.score,
        frame.quality.face_px,
        ", ".join(frame.quality.poor),
    ]
