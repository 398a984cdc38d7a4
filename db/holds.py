"""Legal holds: what may not be deleted, by whom that was said and why. A hold on a case holds every file in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from core.errors import TelltaleError
from db import audit, media, people
from db.models import Media, now
from db.models_keeping import LegalHold
from db.models_people import Case, CaseItem
from db.rights import User, require

LONGEST = 1000  # characters of a reason


@dataclass(frozen=True)
class Hold:
    """One hold that stands. `subject` is "case:4" or "media:3"."""

    id: int
    subject: str
    reason: str
    set_by: User
    set_at: datetime


def put(session: Session, actor: User, subject: str, reason: str) -> None:
    """Hold a case or a file.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `bad_hold`, where it is held already or not on this desk, too.
    """
    require(actor, "hold")
    kind, number = _parts(subject)
    _be_alone(session, kind, number)
    known = session.get(Case if kind == "case" else Media, number)
    if known is None:
        raise TelltaleError("bad_hold", "This is not on this desk.")
    if not reason.strip() or len(reason) > LONGEST:
        raise TelltaleError("bad_hold", f"Say why, in at most {LONGEST:,} characters.")
    if on(session, subject):
        raise TelltaleError("bad_hold", "This is under hold already.")
    session.add(LegalHold(**{f"{kind}_id": number}, reason=reason.strip(), set_by_id=actor.id))
    session.flush()
    audit.record(session, actor, "hold.set", subject, reason=reason.strip())


def lift(session: Session, actor: User, subject: str, reason: str) -> None:
    """Let go of what was held.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `bad_hold`.
    """
    require(actor, "hold")
    _be_alone(session, *_parts(subject))
    row = session.scalar(_standing(subject))
    if row is None:
        raise TelltaleError("bad_hold", "This is not under hold.")
    if not reason.strip() or len(reason) > LONGEST:
        raise TelltaleError("bad_hold", f"Say why, in at most {LONGEST:,} characters.")
    row.lifted_by_id, row.lifted_at = actor.id, now()
    audit.record(session, actor, "hold.lifted", subject, reason=reason.strip())


def on(session: Session, subject: str) -> Hold | None:
    """The hold that stands on exactly this case or file."""
    row = session.scalar(_standing(subject))
    return None if row is None else _hold(row)


def over_media(session: Session, media_id: int) -> Hold | None:
    """A hold that keeps a file: on itself, or on a case that it is in."""
    held = or_(LegalHold.media_id == media_id, LegalHold.case_id.in_(_cases_of(media_id)))
    row = session.scalar(_all_standing().where(held).order_by(LegalHold.id).limit(1))
    return None if row is None else _hold(row)


def _be_alone(session: Session, kind: str, number: int) -> None:
    """Nobody else sets or lifts a hold, nor deletes, until the transaction ends."""
    if kind == "media":
        media.lock(session, number)
    audit.be_alone(session)


def _cases_of(media_id: int) -> Select[int]:
    return select(CaseItem.case_id).where(CaseItem.media_id == media_id)


def _all_standing() -> Select[LegalHold]:
    return select(LegalHold).where(LegalHold.lifted_at.is_(None)).options(joinedload(LegalHold.set_by))


def _standing(subject: str) -> Select[LegalHold]:
    kind, number = _parts(subject)
    return _all_standing().where((LegalHold.case_id if kind == "case" else LegalHold.media_id) == number)


def _parts(subject: str) -> tuple[str, int]:
    kind, _, number = subject.partition(":")
    assert kind in ("case", "media"), subject
    return kind, int(number)


def _hold(row: LegalHold) -> Hold:
    subject = f"media:{row.media_id}" if row.case_id is None else f"case:{row.case_id}"
    return Hold(row.id, subject, row.reason, people.record(row.set_by), row.set_at)
