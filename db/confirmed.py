"""What people hold files to be, as far as a detector could learn from it: who agreed, who dissented, who signed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from core.evidence import MediaKind
from db.agreement import FAKE, GENUINE
from db.models import Media, Origin
from db.models_people import CaseItem, Judgement, Opinion, SignOff, Stance, Verdict

Standing = Literal["signed", "agreed", "disputed", "alone"]


@dataclass(frozen=True)
class Judged:
    """A file whose current verdict says genuine or fake, and how the verdict stands.

    `signed`: an editor stands by it. `agreed`: somebody else confirmed it and nobody dissents. `disputed`: somebody
    dissents. `alone`: nobody else has looked yet.
    """

    media_id: int
    sha256: str
    name: str
    kind: MediaKind
    origin: Origin
    picture: Judgement
    standing: Standing
    at: datetime
    cases: tuple[int, ...]

    @property
    def fake(self) -> bool:
        """Whether the verdict says manipulated or synthetic; a genuine picture in a false context is genuine."""
        return self.picture in FAKE


def judged(session: Session) -> list[Judged]:
    """Every file whose current verdict decides, in the order in which the verdicts were given."""
    cases: dict[int, list[int]] = defaultdict(list)
    for media_id, case_id in session.execute(select(CaseItem.media_id, CaseItem.case_id).order_by(CaseItem.case_id)):
        cases[media_id].append(case_id)
    query = (
        select(Verdict, Media)
        .join(Media, Media.id == Verdict.media_id)
        .where(Verdict.current, Verdict.picture.in_((*FAKE, *GENUINE)))
        .options(selectinload(Verdict.opinions), joinedload(Verdict.sign_off), selectinload(Media.names))
        .order_by(Verdict.id)
        .execution_options(populate_existing=True)
    )
    return [_judged(verdict, media, tuple(cases[media.id])) for verdict, media in session.execute(query)]


def number(session: Session) -> int:
    """Of how many files the verdict is `signed` or `agreed`: counted where they lie, for a page asks at every look."""
    signed = exists().where(SignOff.verdict_id == Verdict.id)
    stands = or_(signed, and_(_held_by_others("confirm"), ~_held_by_others("dissent")))
    decides = and_(Verdict.current, Verdict.picture.in_((*FAKE, *GENUINE)))
    return session.scalar(select(func.count()).select_from(Verdict).where(decides, stands)) or 0


def _held_by_others(stance: Stance) -> ColumnElement[bool]:
    """Whether this is what anybody thinks of a verdict by now, but for who gave it."""
    later = aliased(Opinion)
    changed = (
        exists()
        .where(later.verdict_id == Opinion.verdict_id, later.user_id == Opinion.user_id, later.id > Opinion.id)
        .correlate(Opinion)
    )
    of_others = and_(Opinion.verdict_id == Verdict.id, Opinion.user_id != Verdict.user_id, Opinion.stance == stance)
    return exists().where(of_others, ~changed).correlate(Verdict)


def _judged(verdict: Verdict, media: Media, cases: tuple[int, ...]) -> Judged:
    return Judged(
        media_id=media.id,
        sha256=media.sha256,
        name=media.names[0].name,
        kind=media.kind,
        origin=media.origin,
        picture=verdict.picture,
        standing=_standing(verdict),
        at=verdict.at,
        cases=cases,
    )


def _standing(verdict: Verdict) -> Standing:
    if verdict.sign_off:
        return "signed"
    newest = {opinion.user_id: opinion.stance for opinion in verdict.opinions}
    stances = {stance for user_id, stance in newest.items() if user_id != verdict.user_id}
    if "dissent" in stances:
        return "disputed"
    return "agreed" if "confirm" in stances else "alone"
