"""First looks: what somebody takes a file for before Review shows her what the machine found, once for each file.

Whoever does not want to say gives the reason instead. Neither can be changed: it would no longer be a first look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from core.errors import TelltaleError
from db import audit, people
from db.models import Media
from db.models_people import FirstLook, Impression, Verdict
from db.rights import User, require

# On screen and in reports. Impressions, not verdicts: how it looked, not what it is.
WORDS: dict[Impression, str] = {
    "genuine": "looked genuine",
    "manipulated": "looked manipulated",
    "synthetic": "looked synthetic",
    "unsure": "could not tell",
}
LONGEST = 1000  # characters of a reason


@dataclass(frozen=True)
class FirstLookRow:
    """An impression, or the reason why there is none: one of the two is None."""

    user: User
    impression: Impression | None
    skipped: str | None
    at: datetime


def give(session: Session, actor: User, media_id: int, impression: Impression) -> None:
    """Keep an impression.

    Raises:
        NotAllowed: the actor may not judge.
        TelltaleError: `bad_first_look`; `looked` where she had her first look already.
    """
    if impression not in get_args(Impression):
        raise TelltaleError("bad_first_look", "Say what you take it for.")
    _add(session, actor, FirstLook(media_id=media_id, user_id=actor.id, impression=impression))
    audit.record(session, actor, "first_look.given", f"media:{media_id}", impression=impression)


def skip(session: Session, actor: User, media_id: int, reason: str) -> None:
    """Do without an impression, and say why. Raises as `give` does."""
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST:
        raise TelltaleError("bad_first_look", f"Say why you skip this, in at most {LONGEST:,} characters.")
    _add(session, actor, FirstLook(media_id=media_id, user_id=actor.id, skipped=reason))
    audit.record(session, actor, "first_look.skipped", f"media:{media_id}", reason=reason)


def of_media(session: Session, media_id: int) -> list[FirstLookRow]:
    """All first looks at a file, oldest first."""
    query = select(FirstLook).where(FirstLook.media_id == media_id).order_by(FirstLook.id)
    rows = session.scalars(query.options(joinedload(FirstLook.user)))
    return [FirstLookRow(people.record(row.user), row.impression, row.skipped, row.at) for row in rows]


def settled(session: Session, user_id: int, media_ids: Iterable[int]) -> set[int]:
    """Those of the files that somebody had her first look at, or gave a verdict on before she was ever asked."""
    asked = tuple(media_ids)
    looked = select(FirstLook.media_id).where(FirstLook.user_id == user_id, FirstLook.media_id.in_(asked))
    judged = select(Verdict.media_id).where(Verdict.user_id == user_id, Verdict.media_id.in_(asked))
    return set(session.scalars(looked.union(judged)))


def _add(session: Session, actor: User, row: FirstLook) -> None:
    require(actor, "judge")
    if session.get(Media, row.media_id) is None:
        raise TelltaleError("bad_first_look", "This desk does not hold that file.")
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise TelltaleError("looked", "You had your first look at this file already.") from error
