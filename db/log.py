"""The whole log as people read it: filtered, a page at a time, with names for what its entries are about.

A page goes on from an entry's number, never from a count: the thousandth page costs what the first does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import models_people
from db.audit import Event, event
from db.models import Analysis, Job, Media, MediaName
from db.models_people import AuditEvent, Case
from db.rights import User, require

AT_ONCE = 1000  # entries read in one go where all are wanted
LAST = "\U0010ffff"  # behind every letter


@dataclass(frozen=True)
class Wanted:
    """What to keep. `subject` is one ("media:3"), or a kind of them ("media")."""

    actor_id: int | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Where a page begins: right after or right before this entry in the order of the page, newest first."""

    number: int
    side: Literal["after", "before"]


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and the places of the pages beside it; None where there is none."""

    events: tuple[Event, ...]
    newer: Place | None
    older: Place | None


@dataclass(frozen=True)
class Named:
    """What an entry is about: its name, and the newest analysis where it is a file."""

    name: str
    analysis_id: int | None = None


def page(session: Session, actor: User, wanted: Wanted, limit: int = 100, place: Place | None = None) -> Page:
    """One page of what fits.

    Raises:
        NotAllowed: the actor may not read the whole log.
    """
    require(actor, "read_audit")
    back = place is not None and place.side == "before"
    query = _from(_kept(wanted), place).order_by(AuditEvent.id.asc() if back else AuditEvent.id.desc())
    found = [event(row) for row in session.scalars(query.limit(limit + 1))]
    more, shown = len(found) > limit, tuple(found[:limit][:: -1 if back else 1])
    if not shown:
        return Page((), None, None)
    is_newer, is_older = (more, True) if back else (place is not None, more)  # we came from the other side
    newer = Place(shown[0].number, "before") if is_newer else None
    return Page(shown, newer, Place(shown[-1].number, "after") if is_older else None)


def everything(session: Session, actor: User, wanted: Wanted) -> Iterator[Event]:
    """All that fits, oldest first.

    Raises:
        NotAllowed: the actor may not read the whole log.
    """
    require(actor, "read_audit")
    query = _kept(wanted).order_by(AuditEvent.id).execution_options(yield_per=AT_ONCE)
    for row in session.scalars(query):
        yield event(row)


def newest(session: Session) -> int:
    """The number of the newest entry, which is how many there are; 0 for an empty log."""
    return session.scalar(select(func.max(AuditEvent.id))) or 0


def first_at(session: Session) -> datetime | None:
    """When the first entry was written; None for an empty log."""
    return session.scalar(select(AuditEvent.at).where(AuditEvent.id == 1))


def named(session: Session, subjects: Iterable[str]) -> dict[str, Named]:
    """Names for these subjects; what is gone from the desk, or has no name, is left out."""
    ids = {kind: [int(one.partition(":")[2]) for one in some] for kind, some in _by_kind(subjects).items()}
    found: dict[str, Named] = _media(session, ids.get("media", []))
    found |= _titled(session, "analysis", Analysis.id, Analysis.name, ids)
    found |= _titled(session, "case", Case.id, Case.title, ids)
    found |= _titled(session, "user", models_people.User.id, models_people.User.name, ids)
    found |= _titled(session, "job", Job.id, Job.name, ids)
    return found


def media_of_hash(session: Session, sha256: str) -> int | None:
    """The file whose hash begins like this, where there is exactly one."""
    query = select(Media.id).where(Media.sha256 >= sha256, Media.sha256 < sha256 + "g").limit(2)
    found = session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _kept(wanted: Wanted) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if wanted.actor_id is not None:
        query = query.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.action:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.subject:
        query = query.where(_about(wanted.subject))
    if wanted.since:
        query = query.where(AuditEvent.at >= wanted.since)
    return query if wanted.until is None else query.where(AuditEvent.at < wanted.until)


def _about(subject: str) -> ColumnElement[bool]:
    if ":" in subject:
        return AuditEvent.subject == subject
    within = (AuditEvent.subject > f"{subject}:") & (AuditEvent.subject < f"{subject}:{LAST}")
    return or_(AuditEvent.subject == subject, within)


def _from(query: Select[AuditEvent], place: Place | None) -> Select[AuditEvent]:
    if place is None:
        return query
    return query.where(AuditEvent.id < place.number if place.side == "after" else AuditEvent.id > place.number)


def _by_kind(subjects: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for subject in sorted(set(subjects)):
        kind, _, number = subject.partition(":")
        if number.isdecimal():
            found.setdefault(kind, []).append(subject)
    return found


def _media(session: Session, ids: Sequence[int]) -> dict[str, Named]:
    first = select(func.min(MediaName.id)).where(MediaName.media_id == Media.id).correlate(Media)
    newest = select(func.max(Analysis.id)).where(Analysis.media_id == Media.id).correlate(Media)
    query = (
        select(Media.id, MediaName.name, newest.scalar_subquery())
        .join(MediaName, MediaName.id == first.scalar_subquery())
        .where(Media.id.in_(ids))
    )
    return {f"media:{number}": Named(name, analysis) for number, name, analysis in session.execute(query)}


def _titled(
    session: Session, kind: str, key: InstrumentedAttribute[int], title: InstrumentedAttribute[str],
    ids: dict[str, list[int]],
) -> dict[str, Named]:  # fmt: skip
    rows: Any = session.execute(select(key, title).where(key.in_(ids.get(kind, []))))
    return {f"{kind}:{number}": Named(name, number if kind == "analysis" else None) for number, name in rows}
