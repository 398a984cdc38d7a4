"""Is this the file that the desk issued, and does the evidence behind it still stand?"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from core.settings import Settings
from db import analyses, media, reports, verdicts
from db.reports import ReportRow, Rest
from db.session import session
from pipelines.reports.dossier import evidence_fingerprint, first_evidence_fingerprint
from pipelines.reports.gather import exhibit

REFERENCE = re.compile(rb"TT-\d{8}-[0-9A-F]{8}")  # stands in clear in each format

State = Literal["issued", "altered", "unknown"]


@dataclass(frozen=True)
class Behind:
    """What became of one exhibit since. `wrong` is empty where its evidence is unchanged."""

    number: int
    name: str
    wrong: tuple[str, ...]
    newer_verdict: bool  # people changed their mind: not wrong, but to be known


@dataclass(frozen=True)
class Checked:
    """What was found. `altered`: it names a report of this desk, but its bytes are not the ones issued."""

    state: State
    report: ReportRow | None
    exhibits: tuple[Behind, ...]

    @property
    def good(self) -> bool:
        """Whether the file is the one issued and all evidence behind it is unchanged."""
        return self.state == "issued" and not any(behind.wrong for behind in self.exhibits)


def check(config: Settings, file: Path) -> Checked:
    """Compare a file with what the desk remembers, and recompute the evidence that it rests on."""
    content = file.read_bytes()
    with session(config) as opened:
        issued = reports.by_file(opened, hashlib.sha256(content).hexdigest())
        named = REFERENCE.search(content)
        report = issued or (reports.by_reference(opened, named[0].decode()) if named else None)
        if report is None:
            return Checked("unknown", None, ())
        behind = tuple(_behind(opened, config, report, rest) for rest in report.exhibits)
    return Checked("issued" if issued else "altered", report, behind)


def _behind(opened: Session, config: Settings, report: ReportRow, rest: Rest) -> Behind:
    info = media.get(opened, rest.media_id)
    if info is None:
        return Behind(rest.number, "", ("The desk no longer holds this file.",), False)
    now = verdicts.current(opened, rest.media_id)
    newer = now is not None and now.at.replace(microsecond=0) > report.issued_at
    return Behind(rest.number, info.name, tuple(_wrong(opened, config, rest)), newer)


def _wrong(opened: Session, config: Settings, rest: Rest) -> Iterator[str]:
    if rest.analysis_id is not None and analyses.get(opened, rest.analysis_id) is None:
        yield "The analysis is no longer on the desk."
        return
    found = exhibit(opened, config, rest.number, rest.media_id, rest.analysis_id)
    if not found.original_intact:
        yield "The original is missing or was changed: its bytes no longer have the hash that the report names."
    lost = sum(not kept.intact for kept in found.analysed.kept) if found.analysed else 0
    if lost:
        yield f"{lost} of the pictures that the analysis kept are missing or were changed."
    if rest.evidence_sha256 not in (evidence_fingerprint(found), first_evidence_fingerprint(found)):
        yield "What the database says was found is not what it said when the report was issued."
