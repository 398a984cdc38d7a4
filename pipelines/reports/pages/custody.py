"""Who did what to the exhibits and when, and how anybody can check this report later."""

from collections.abc import Iterator
from datetime import datetime

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from pipelines.log_words import subject_words, told, untold
from pipelines.reports.dossier import Dossier, Entry, evidence_fingerprint, fingerprint
from pipelines.reports.pages.house import BODY, CELL, QUIET, House, bold
from pipelines.reports.wording import isolated, stamp

LONGEST = 160  # characters of an entry's details; the JSON has them in full


def custody(house: House, dossier: Dossier) -> Iterator[Flowable]:
    """Two sections."""
    yield from house.heading(1, "6  Chain of custody")
    yield house.text(BODY, _chain(dossier))
    if dossier.custody.entries:
        rows = [_row(house, entry) for entry in dossier.custody.entries]
        yield house.table(("No.", "When, UTC", "Who", "What", "Seal"), rows, (11, 29, 26, 83, 26))
    yield from house.heading(1, "7  Checking this report", 70 * mm)
    yield from _checking(house, dossier)


def _chain(dossier: Dossier) -> str:
    found = dossier.custody
    if not found.entries:
        return "The log holds no entry about these files."
    said = (
        "What was done at the desk to these files, their analyses and their case, oldest first. Each entry of the log "
        "is sealed with the hash of the one before it. "
    )
    holds = "The whole log was recomputed when this report was made, and holds"
    broken = "THE LOG DOES NOT HOLD: an entry was altered or is missing. Do not rely on it"
    return f"{said}{holds if found.chain_holds else broken}; its newest seal was {found.chain_head}."


def _row(house: House, entry: Entry) -> list[str | Flowable]:
    what = house.text(
        CELL, f"{isolated(told(entry.action, entry.details))} · {subject_words(entry.subject)}{_details(entry)}"
    )
    return [str(entry.number), stamp(entry.at), entry.by, what, f"{entry.sha256[:12]}…"]


def _details(entry: Entry) -> str:
    left = "; ".join(
        f"{key.replace('_', ' ')} {_said(key, value)}" for key, value in untold(entry.action, entry.details).items()
    )
    if not left:
        return ""
    return f" · {isolated(left if len(left) <= LONGEST else left[:LONGEST] + '…')}"


def _said(key: str, value: object) -> str:
    """A moment as the table has them, several with commas between them, anything else as it is."""
    if key == "deadline":
        return stamp(datetime.fromisoformat(str(value)))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _checking(house: House, dossier: Dossier) -> Iterator[Flowable]:
    yield house.text(
        BODY,
        "This desk keeps the reference and the hash of every report that it issues. To see whether a file is the one "
        "that was issued, and whether the evidence behind it is unchanged, run at the desk:",
    )
    yield house.text(BODY, bold("python -m scripts.verify_report FILE"))
    rows = [("Report", dossier.issue.reference), ("Contents, SHA-256", fingerprint(dossier))]
    rows += [
        (f"Evidence of exhibit {exhibit.number}", evidence_fingerprint(exhibit))
        for exhibit in dossier.exhibits
    ]
    yield house.facts(rows)
    yield house.text(
        QUIET,
        "Contents: over all that this report says. Evidence: over the file’s hash and what the machine found in it. "
        "The hash of the PDF itself can’t stand inside it; the desk keeps it.",
    )
