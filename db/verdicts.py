"""What people hold a file to be, beside what a machine found in it.

One file has at most one current verdict. Changing it is giving another one: the old one stays readable, with the
opinions and the sign-off that it had; the new one starts without any.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from urllib.parse import urlsplit

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.errors import TelltaleError
from db import audit, media, people
from db.models import Analysis, Media
from db.models_people import Confidence, Judgement, Opinion, SignOff, Stance, Verdict
from db.rights import User, require

# On screen and in reports. What they mean stands beside them where they are chosen.
WORDS: dict[Judgement, str] = {
    "authentic": "Authentic",
    "manipulated": "Manipulated",
    "synthetic": "Synthetic",
    "misleading": "Genuine, misleading context",
    "inconclusive": "Inconclusive",
    "not_analysable": "Not analysable",
}
LONGEST = 10_000  # characters of a reason
MOST_LINKS = 20


@dataclass(frozen=True)
class OpinionRow:
    """What another analyst thinks of a verdict."""

    user: User
    stance: Stance
    reason: str
    at: datetime


@dataclass(frozen=True)
class SignOffRow:
    """Which editor stands by it."""

    user: User
    at: datetime


@dataclass(frozen=True)
class VerdictRow:
    """One verdict. `opinions` has the newest of each person, in the order they came."""

    id: int
    media_id: int
    analysis_id: int | None  # what the analyst had before her
    picture: Judgement
    sound: Judgement | None  # None: not judged, or there is none
    confidence: Confidence
    reason: str
    links: tuple[str, ...]
    user: User
    at: datetime
    current: bool
    supersedes_id: int | None
    opinions: tuple[OpinionRow, ...]
    sign_off: SignOffRow | None


@dataclass(frozen=True)
class Said:
    """A verdict as somebody gives it."""

    picture: Judgement
    confidence: Confidence
    reason: str
    sound: Judgement | None = None
    links: tuple[str, ...] = ()
    analysis_id: int | None = None  # what she had before her


def give(session: Session, actor: User, media_id: int, said: Said, instead_of: int | None = None) -> int:
    """Give a verdict; gives its id. `instead_of` is the current one that the actor saw, None where there was none.

    Raises:
        NotAllowed: the actor may not judge.
        TelltaleError: `bad_verdict`; `verdict_moved` where somebody else was quicker.
    """
    require(actor, "judge")
    media.lock(session, media_id)
    _check(session, media_id, said)
    before = session.scalar(select(Verdict).where(Verdict.media_id == media_id, Verdict.current))
    if (before.id if before else None) != instead_of:
        raise TelltaleError(
            "verdict_moved", "Somebody gave a verdict while you wrote yours. Read it, then decide again."
        )
    if before:
        before.current = False
        session.flush()  # one current verdict a file: the old one must step back first
    row = Verdict(
        media_id=media_id,
        analysis_id=said.analysis_id,
        user_id=actor.id,
        picture=said.picture,
        sound=said.sound,
        confidence=said.confidence,
        reason=said.reason.strip(),
        links=_links(said.links),
        supersedes_id=instead_of,
    )
    session.add(row)
    session.flush()
    done = "verdict.changed" if before else "verdict.given"
    _record(session, actor, done, row, picture=row.picture, sound=row.sound, confidence=row.confidence,
            reason=row.reason, links=row.links, analysis=row.analysis_id, instead_of=instead_of)  # fmt: skip
    return row.id


def opine(session: Session, actor: User, verdict_id: int, stance: Stance, reason: str = "") -> None:
    """Confirm somebody else's verdict, or dissent from it. A dissent says why.

    Raises:
        NotAllowed: the actor may not judge.
        TelltaleError: `own_verdict`, `verdict_moved`, `bad_verdict`, `no_reason`.
    """
    require(actor, "judge")
    row = _current(session, verdict_id)
    if row.user_id == actor.id:
        raise TelltaleError("own_verdict", "This is your own verdict: a second opinion is somebody else's.")
    if stance not in get_args(Stance):
        raise TelltaleError("bad_verdict", "An opinion confirms or dissents.")
    if stance == "dissent" and not reason.strip():
        raise TelltaleError("no_reason", "Say why you dissent, so that the others can weigh it.")
    if len(reason) > LONGEST:
        raise TelltaleError("bad_verdict", f"A reason has at most {LONGEST:,} characters.")
    session.add(Opinion(verdict_id=row.id, user_id=actor.id, stance=stance, reason=reason.strip()))
    _record(session, actor, f"verdict.{stance}", row, reason=reason.strip())


def sign_off(session: Session, actor: User, verdict_id: int) -> None:
    """An editor stands by a verdict that somebody else gave; where nobody signs in, there is nobody else.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `own_verdict`, `verdict_moved`, `signed_off`.
    """
    require(actor, "sign_off")
    row = _current(session, verdict_id)
    if row.user_id == actor.id and actor.login != people.DESK:
        raise TelltaleError("own_verdict", "This is your own verdict: somebody else must sign it off.")
    if row.sign_off:
        raise TelltaleError("signed_off", f"{row.sign_off.user.name} signed this off already.")
    session.add(SignOff(verdict_id=row.id, user_id=actor.id))
    session.flush()
    _record(session, actor, "verdict.signed_off", row)


def current(session: Session, media_id: int) -> VerdictRow | None:
    """The verdict on a file; None where nobody has given one."""
    row = session.scalar(_whole().where(Verdict.media_id == media_id, Verdict.current))
    return None if row is None else _row(row)


def history(session: Session, media_id: int) -> list[VerdictRow]:
    """Every verdict that was ever given on a file, newest first."""
    query = _whole().where(Verdict.media_id == media_id).order_by(Verdict.id.desc())
    return [_row(row) for row in session.scalars(query)]


def of_many(session: Session, media_ids: Iterable[int]) -> dict[int, VerdictRow]:
    """The current verdicts on some files, for a list; a file without one is left out."""
    query = _whole().where(Verdict.media_id.in_(list(media_ids)), Verdict.current)
    return {row.media_id: _row(row) for row in session.scalars(query)}


def _check(session: Session, media_id: int, said: Said) -> None:
    file = session.get(Media, media_id)
    if file is None:
        raise TelltaleError("bad_verdict", "The desk does not hold this file.")
    if said.picture not in get_args(Judgement) or said.sound not in (None, *get_args(Judgement)):
        raise TelltaleError("bad_verdict", "There is no such verdict.")
    if said.confidence not in get_args(Confidence):
        raise TelltaleError("bad_verdict", "There is no such confidence.")
    if said.sound is not None and not file.has_audio:
        raise TelltaleError("bad_verdict", "This file has no sound to judge.")
    if not said.reason.strip():
        raise TelltaleError("bad_verdict", "Say why: a verdict without a reason can't be checked by anybody.")
    if len(said.reason) > LONGEST:
        raise TelltaleError("bad_verdict", f"A reason has at most {LONGEST:,} characters.")
    if said.analysis_id is not None and not _analysis_of(session, said.analysis_id, media_id):
        raise TelltaleError("bad_verdict", "This analysis is of another file.")


def _analysis_of(session: Session, analysis_id: int, media_id: int) -> bool:
    return session.scalar(select(Analysis.media_id).where(Analysis.id == analysis_id)) == media_id


def _links(links: Sequence[str]) -> list[str]:
    """Links as they are kept: addresses of the web and nothing else, for pages make them clickable."""
    kept = [link.strip() for link in links if link.strip()]
    if len(kept) > MOST_LINKS or not all(_is_web(link) for link in kept):
        said = f"Links begin with https:// or http://, one a line, at most {MOST_LINKS}."
        raise TelltaleError("bad_verdict", said)
    return kept


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    plain = len(link) <= 2000 and link.isprintable() and " " not in link
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _current(session: Session, verdict_id: int) -> Verdict:
    """A verdict that nobody else changes until the transaction ends."""
    known = session.get(Verdict, verdict_id)
    if known is not None:
        media.lock(session, known.media_id)
    row = session.get(Verdict, verdict_id, populate_existing=True)
    if row is None or not row.current:
        raise TelltaleError("verdict_moved", "This verdict was changed meanwhile. Read the new one first.")
    return row


def _record(session: Session, actor: User, action: str, row: Verdict, **details: object) -> None:
    audit.record(session, actor, action, f"media:{row.media_id}", verdict=row.id, **details)


def _whole() -> Select[Verdict]:
    opinions = selectinload(Verdict.opinions).joinedload(Opinion.user)
    signed = joinedload(Verdict.sign_off).joinedload(SignOff.user)
    fresh = select(Verdict).execution_options(populate_existing=True)
    return fresh.options(joinedload(Verdict.user), opinions, signed)


def _row(row: Verdict) -> VerdictRow:
    newest = {opinion.user_id: opinion for opinion in row.opinions}
    return VerdictRow(
        id=row.id,
        media_id=row.media_id,
        analysis_id=row.analysis_id,
        picture=row.picture,
        sound=row.sound,
        confidence=row.confidence,
        reason=row.reason,
        links=tuple(row.links),
        user=people.record(row.user),
        at=row.at,
        current=row.current,
        supersedes_id=row.supersedes_id,
        opinions=tuple(
            OpinionRow(people.record(one.user), one.stance, one.reason, one.at) for one in newest.values()
        ),
        sign_off=SignOffRow(people.record(row.sign_off.user), row.sign_off.at) if row.sign_off else None,
    )
