"""The log as a table for spreadsheets: a line for each entry, oldest first, with the hashes that chain it."""

import csv
import json
from io import StringIO

from core.settings import Settings
from db import audit, log
from db.audit import Event
from db.log import Wanted
from db.rights import User
from db.session import session
from pipelines.reports.csv import Cell, safe

COLUMNS = ("entry", "at_utc", "who", "what", "subject", "details", "previous_sha256", "sha256")


def as_csv(config: Settings, actor: User, wanted: Wanted) -> bytes:
    """All entries that fit; UTF-8 with a byte order mark, which Excel needs. That it was exported is logged too.

    Raises:
        NotAllowed: the actor may not read the whole log.
    """
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with session(config) as opened:
        lines = [_line(event) for event in log.everything(opened, actor, wanted)]
        audit.record(opened, actor, "log.exported", "log", entries=len(lines))
    writer.writerows(lines)
    return written.getvalue().encode("utf-8-sig")


def _line(event: Event) -> list[Cell]:
    details = json.dumps(event.details, sort_keys=True, ensure_ascii=False)
    at = event.at.isoformat(timespec="microseconds")
    cells = (event.number, at, event.actor, event.action, event.subject, details, event.previous, event.sha256)
    return [safe(cell) for cell in cells]
