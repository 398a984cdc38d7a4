"""Deleting files and cases for good. What stays is the log: what was there by its hash, who deleted it, when and why.

Rows go in one transaction, with the entry in the log and a note of the files that must go; `pending` gives those, for
`pipelines.keeping.deleting` to remove once the rows are gone for certain. What hangs on a row is found by the
references between the tables, so that a table that is added later is not forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, delete, func, select, update
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import audit, holds, jobs, kept_files, media
from db.models import Analysis, Artifact, Job, Media, now
from db.models_keeping import PendingRemoval
from db.models_people import AuditEvent, Case, CaseItem
from db.models_reports import Report
from db.rights import User, require
from db.tables import ALL

LONGEST = 1000  # characters of a reason
ASKED = "asked"  # the rule by which people delete; others are those of `pipelines.keeping.retention`


@dataclass(frozen=True)
class Order:
    """Why something shall go, and by which rule."""

    reason: str
    rule: str = ASKED


@dataclass(frozen=True)
class Brought:
    """What became of the files that somebody brought, by their ids."""

    gone: tuple[int, ...]
    held: tuple[int, ...]  # under legal hold
    shared: tuple[int, ...]  # others brought them, too


def of_media(session: Session, actor: User, media_ids: Sequence[int], order: Order) -> None:
    """Delete files with all that was found in them and said of them, in every case.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_reason`, `no_media`, `held`, `still_running`.
    """
    _begin(session, actor, order, media_ids)
    for media_id in media_ids:
        _one(session, actor, media_id, order, {})


def of_person(
    session: Session, actor: User, person: User, order: Order, everywhere: bool = False
) -> Brought:
    """Delete the files that somebody brought to the desk, as the log tells: by hand, by a link, by a program.

    What others brought, too, stays unless `everywhere` says so; what is under hold stays in any case.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_reason`, `still_running`.
    """
    brought = _brought_by(session, person)
    _begin(session, actor, order, sorted(brought))
    held = sorted(one for one in brought if holds.over_media(session, one))
    shared = sorted(one for one, alone in brought.items() if not (alone or everywhere) and one not in held)
    gone = sorted(brought.keys() - {*held, *shared})
    for media_id in gone:
        _one(session, actor, media_id, order, {"brought_by": person.login})
    told = {"reason": order.reason, "rule": order.rule, "files": gone, "held": held, "brought_by_others_too": shared}
    audit.record(session, actor, "person.media_deleted", f"user:{person.id}", **told)
    return Brought(tuple(gone), tuple(held), tuple(shared))


def of_case(session: Session, actor: User, case_id: int, order: Order, everywhere: bool = False) -> None:
    """Delete a case, and of its files those that no other case holds; all of them where `everywhere` says so.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_reason`, `no_case`, `held`, `still_running`.
    """
    files = select(CaseItem.media_id).where(CaseItem.case_id == case_id)
    _begin(session, actor, order, session.scalars(files).all())
    case = session.get(Case, case_id)
    if case is None:
        raise TelltaleError("no_case", "There is no such case on this desk.")
    if hold := holds.on(session, f"case:{case_id}"):
        raise _held("This case is under legal hold", hold)
    inside = list(session.scalars(files.order_by(CaseItem.position)))
    gone = [one for one in inside if everywhere or not _elsewhere(session, one, case_id)]
    for media_id in gone:
        _one(session, actor, media_id, order, {"case": case_id})
    references = _drop_reports(session, f"case:{case_id}", set())
    _below(session, Case.__table__, [case_id])  # type: ignore[arg-type]
    session.execute(delete(Case).where(Case.id == case_id))
    kept = [one for one in inside if one not in gone]
    told = {"reason": order.reason, "rule": order.rule, "files": gone, "files_kept": kept, "reports": references}
    audit.record(session, actor, "case.deleted", f"case:{case_id}", **told)


def _brought_by(session: Session, person: User) -> dict[int, bool]:
    """The files on the desk that somebody brought, and whether she alone did."""
    received = AuditEvent.action == "media.received"
    hers = select(AuditEvent.subject).where(received, AuditEvent.actor_id == person.id)
    everybody = select(AuditEvent.subject, AuditEvent.actor_id).where(received, AuditEvent.subject.in_(hers))
    brought: dict[int, set[int]] = {}
    for subject, by in session.execute(everybody):
        brought.setdefault(int(subject.partition(":")[2]), set()).add(by)
    known = session.scalars(select(Media.id).where(Media.id.in_(brought)))
    return {one: brought[one] == {person.id} for one in known}


def pending(session: Session) -> dict[str, list[str]]:
    """The places, files and folders, that must still go, by whose deletion they complete."""
    found: dict[str, list[str]] = {}
    rows = select(PendingRemoval.subject, PendingRemoval.path).order_by(PendingRemoval.id)
    for subject, path in session.execute(rows):
        found.setdefault(subject, []).append(path)
    return found


def removed(session: Session, actor: User, subject: str, paths: Sequence[str]) -> None:
    """Write down that these places are empty; the last of a subject completes its deletion."""
    session.execute(
        delete(PendingRemoval).where(PendingRemoval.subject == subject, PendingRemoval.path.in_(paths))
    )
    left = session.scalar(
        select(func.count()).select_from(PendingRemoval).where(PendingRemoval.subject == subject)
    )
    told = {"places": len(paths), "left": left or 0}
    audit.record(session, actor, "files.removed", subject, **told)


def take_back(session: Session, sha256: str) -> None:
    """The same file has come in again: what was still to go of it stays."""
    session.execute(delete(PendingRemoval).where(PendingRemoval.sha256 == sha256))


def _begin(session: Session, actor: User, order: Order, media_ids: Sequence[int]) -> None:
    require(actor, "delete")
    if not order.reason.strip() or len(order.reason) > LONGEST:
        raise TelltaleError("no_reason", f"Say why, in at most {LONGEST:,} characters. It stays in the log for good.")
    media.lock(session, *media_ids)
    audit.be_alone(session)


def _one(session: Session, actor: User, media_id: int, order: Order, also: dict[str, Any]) -> None:
    row = session.get(Media, media_id)
    if row is None:
        raise TelltaleError("no_media", "The desk does not hold this file.")
    if hold := holds.over_media(session, media_id):
        of_case = "" if hold.subject == f"media:{media_id}" else f" with case {hold.subject.partition(':')[2]}"
        raise _held(f"{row.names[0].name} is under legal hold{of_case}", hold)
    running = select(Job.id).where(Job.media_id == media_id, Job.state.in_(jobs.TO_COME))
    if session.scalar(running.limit(1)) is not None:
        raise TelltaleError("still_running", f"{row.names[0].name} is being analysed. Stop that first.")
    references = _drop_reports(session, f"media:{media_id}", {media_id})
    _note_files(session, row)
    told = {"sha256": row.sha256, "bytes": row.bytes, "reason": order.reason, "rule": order.rule, **also}
    _below(session, Media.__table__, [media_id])  # type: ignore[arg-type]
    session.execute(delete(Media).where(Media.id == media_id))
    session.expunge(row)
    audit.record(session, actor, "media.deleted", f"media:{media_id}", **told, reports=references)


def _held(what: str, hold: holds.Hold) -> TelltaleError:
    why = hold.reason.rstrip(".")
    return TelltaleError("held", f"{what}, set by {hold.set_by.name}: {why}. An editor must lift the hold first.")


def _elsewhere(session: Session, media_id: int, case_id: int) -> bool:
    other = select(CaseItem.id).where(CaseItem.media_id == media_id, CaseItem.case_id != case_id)
    return session.scalar(other.limit(1)) is not None


def _note_files(session: Session, row: Media) -> None:
    """What lies on the disk of a file: its original, its pictures, and the folder of all that was made of it."""
    pictures = select(Artifact.path).join(Analysis, Analysis.id == Artifact.analysis_id)
    paths = session.scalars(pictures.where(Analysis.media_id == row.id)).all()
    for path in (kept_files.original(row.sha256), *paths, kept_files.pictures(row.sha256)):
        session.add(PendingRemoval(sha256=row.sha256, subject=f"media:{row.id}", path=path))
    session.flush()


def _drop_reports(session: Session, subject: str, media_ids: set[int]) -> list[str]:
    """The file of a report goes with the first file that it shows, or with its case; gives their references."""
    rows = session.scalars(select(Report).where(Report.removed_at.is_(None)))
    gone = [row for row in rows if row.subject == subject or media_ids & {one["media_id"] for one in row.exhibits}]
    for row in gone:
        row.removed_at = now()
        place = kept_files.report(row.reference, row.format)
        session.add(PendingRemoval(sha256=row.file_sha256, subject=subject, path=place))
    session.flush()
    return sorted(row.reference for row in gone)


def _below(session: Session, table: Table, ids: Sequence[int]) -> None:
    """Delete what refers to these rows, and what refers to that, and so on."""
    for child, column in _referring(table):
        if child is table:
            session.execute(update(child).where(column.in_(ids)).values({column.name: None}))
            continue
        if "id" in child.c and _referring(child):
            below = session.scalars(select(child.c.id).where(column.in_(ids))).all()
            if below:
                _below(session, child, below)
        session.execute(delete(child).where(column.in_(ids)))


def _referring(table: Table) -> list[tuple[Table, Column[Any]]]:
    """Tables with a column that refers to this one, but not those that let go by themselves."""
    return [
        (child, key.parent)
        for child in ALL.sorted_tables
        for key in child.foreign_keys
        if key.column.table is table and key.ondelete != "SET NULL"
    ]
