"""What was done, by whom and when: append-only, each entry sealed with the hash of the one before.

    audit.record(session, actor, "verdict.given", "media:3", verdict=7)

is called in the transaction of the change itself, so neither can be without the other. The database refuses to alter
a row (triggers); the chain shows it where somebody had the means to do so all the same. What a chain can't show is
that its newest end is missing: note its head elsewhere (`head`), and compare.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from db.models import Analysis, now
from db.models_people import AuditEvent
from db.rights import User
from db.session import begin_writing

FIRST = "0" * 64  # what the first entry has instead of a predecessor
_ONE_WRITER = 0x7E117A1E  # number of PostgreSQL's advisory lock


@dataclass(frozen=True)
class Event:
    """One entry of the log."""

    number: int
    at: datetime
    actor_id: int
    actor: str  # login at that time
    action: str  # "verdict.given", "media.received" …
    subject: str  # "media:3", "analysis:12", "case:4", "user:2" …
    details: dict[str, Any]
    previous: str
    sha256: str


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class Checked:
    """What `verify` found. `head` is the hash of the newest entry."""

    entries: int
    head: str
    broken: Broken | None


def record(session: Session, actor: User, action: str, subject: str, **details: Any) -> Event:
    """Append an entry in the caller's transaction. Details are plain JSON; never a secret."""
    be_alone(session)
    newest = session.execute(_newest()).first()
    number, previous = (newest.id + 1, newest.sha256) if newest else (1, FIRST)
    row = AuditEvent(
        id=number,
        at=now(),
        actor_id=actor.id,
        actor=actor.login,
        action=action,
        subject=subject,
        details=_canonical(details),
        previous=previous,
    )
    row.sha256 = _seal(row)
    session.add(row)
    session.flush()
    return event(row)


def events(
    session: Session,
    *subjects: str,
    action: str | None = None,
    actor_id: int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Event]:
    """Entries, newest first; about any of these subjects where some are named."""
    query = _asked(select(AuditEvent), subjects, action, actor_id)
    rows = session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit).offset(offset))
    return [event(row) for row in rows]


def count(session: Session, *subjects: str, action: str | None = None, actor_id: int | None = None) -> int:
    """How many entries `events` would give in all."""
    query = _asked(select(func.count()).select_from(AuditEvent), subjects, action, actor_id)
    return session.scalar(query) or 0


def of_media(session: Session, media_id: int, limit: int = 500) -> list[Event]:
    """The chain of custody of a file and its analyses, newest first."""
    analyses = session.scalars(select(Analysis.id).where(Analysis.media_id == media_id))
    return events(session, f"media:{media_id}", *(f"analysis:{one}" for one in analyses), limit=limit)


def actions(session: Session) -> list[str]:
    """Every kind of thing that was ever done."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def head(session: Session) -> str:
    """The hash of the newest entry: whoever notes it can show later that nothing before it was altered."""
    newest = session.execute(_newest()).first()
    return newest.sha256 if newest else FIRST


def verify(session: Session, expected_head: str | None = None) -> Checked:
    """Recompute the whole chain; the first fault ends it. `expected_head` must be the hash of some entry."""
    number, previous, seen = 0, FIRST, expected_head in (None, FIRST)
    for row in _all(session):
        if fault := _fault(row, number, previous):
            return Checked(number, previous, Broken(row.id, fault))
        number, previous = row.id, row.sha256
        seen = seen or row.sha256 == expected_head
    missing = None if seen else Broken(number, "the entry whose hash was noted is not in the log")
    return Checked(number, previous, missing)


def is_sealed(one: Event) -> bool:
    """Whether an entry, perhaps of another desk's log, is what was sealed there."""
    row = AuditEvent(id=one.number, at=one.at, actor_id=one.actor_id, actor=one.actor, action=one.action,
                     subject=one.subject, details=_canonical(one.details), previous=one.previous)  # fmt: skip
    return _seal(row) == one.sha256


def first(session: Session) -> str:
    """The hash of the oldest entry: as good as a name for this desk, for no other one has it."""
    return session.scalar(select(AuditEvent.sha256).where(AuditEvent.id == 1)) or FIRST


def be_alone(session: Session) -> None:
    """Until the transaction ends, nobody else appends: two may not follow the same entry."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_WRITER})
        return
    begin_writing(session)


def _fault(row: AuditEvent, number: int, previous: str) -> str | None:
    if row.id != number + 1:
        return f"entry {number + 1} is missing"
    if row.previous != previous:
        return "it does not follow from the entry before it"
    return None if row.sha256 == _seal(row) else "its content is not what was sealed"


def _seal(row: AuditEvent) -> str:
    """SHA-256 over the entry as canonical JSON; the hash of the one before is part of it."""
    content = {
        "number": row.id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": row.actor_id,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "details": row.details,
        "previous": row.previous,
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: dict[str, Any]) -> str:
    """One text for one content: keys in order, no spaces, no NaN."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _newest() -> Select[int, str]:
    return select(AuditEvent.id, AuditEvent.sha256).order_by(AuditEvent.id.desc()).limit(1)


def _all(session: Session) -> Iterator[AuditEvent]:
    """The whole log in order, a thousand rows in memory at a time."""
    fresh = {"yield_per": 1000, "populate_existing": True}  # what the database holds, not what we remember
    yield from session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(**fresh))


def _asked(
    query: Select[Any], subjects: tuple[str, ...], action: str | None, actor_id: int | None
) -> Select[Any]:
    if subjects:
        query = query.where(AuditEvent.subject.in_(subjects))
    if action:
        query = query.where(AuditEvent.action == action)
    return query if actor_id is None else query.where(AuditEvent.actor_id == actor_id)


def event(row: AuditEvent) -> Event:
    """The plain record of a row."""
    return Event(
        number=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=json.loads(row.details),
        previous=row.previous,
        sha256=row.sha256,
    )
