"""Issuing a report: gather, write, keep the file, remember its hash, and put it into the log."""

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.settings import Settings
from core.version import build
from db import reports
from db.models import now
from db.models_reports import ReportFormat
from db.reports import ReportRow, Rest
from db.rights import User, require
from db.session import session
from pipelines import storage
from pipelines.reports.csv import as_csv
from pipelines.reports.dossier import Dossier, Issue, Scope, evidence_fingerprint, fingerprint
from pipelines.reports.gather import gather, who
from pipelines.reports.json import as_json
from pipelines.reports.pdf import as_pdf
from pipelines.reports.wording import title

WRITERS: dict[ReportFormat, Callable[[Dossier], bytes]] = {"pdf": as_pdf, "csv": as_csv, "json": as_json}
MEDIA_TYPES: dict[ReportFormat, str] = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def issue(config: Settings, actor: User, scope: Scope, number: int, wanted: ReportFormat) -> ReportRow:
    """Make a report about an analysis or a case. The database is free for others while it is written.

    Raises:
        NotAllowed: the actor may not export.
        TelltaleError: `no_subject`, `bad_logo`.
    """
    require(actor, "export")
    at = now().replace(microsecond=0)
    about = Issue(_reference(at), scope, f"{scope}:{number}", at, who(actor), build())
    with session(config) as opened:
        dossier = gather(opened, config, about)
    content = WRITERS[wanted](dossier)
    row = _row(dossier, actor, wanted, content)
    _keep(config, row, content)
    with session(config) as opened:
        reports.add(opened, actor, row)
    return row


def path_of(config: Settings, row: ReportRow) -> Path:
    """Where the file of a report lies, fetched if it was issued on another machine."""
    return storage.here(config, config.home / "reports" / row.file_name)


def _reference(at: datetime) -> str:
    """By chance and not by number: two may issue at once, and a number would tell how many there are."""
    return f"TT-{at:%Y%m%d}-{secrets.token_hex(4).upper()}"


def _row(dossier: Dossier, actor: User, wanted: ReportFormat, content: bytes) -> ReportRow:
    return ReportRow(
        reference=dossier.issue.reference,
        subject=dossier.issue.subject,
        title=title(dossier),
        format=wanted,
        dossier_sha256=fingerprint(dossier),
        file_sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        exhibits=tuple(
            Rest(
                one.number, one.media_id, one.analysed.id if one.analysed else None, evidence_fingerprint(one)
            )
            for one in dossier.exhibits
        ),
        issued_by=actor,
        issued_at=dossier.issue.at,
    )


def _keep(config: Settings, row: ReportRow, content: bytes) -> None:
    """Whole or not at all, and read-only."""
    path = path_of(config, row)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o444)
    part.replace(path)
    storage.share(config, path)
