"""What people hold a file to be. Files are named by their SHA-256."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel
from sqlalchemy.orm import Session

from dashboard.api.guard import Judging, Seeing, SigningOff
from dashboard.api.refusals import missing
from db import media, verdicts
from db.models_people import Confidence, Judgement, Stance
from db.session import session
from db.verdicts import Said, VerdictRow

router = APIRouter(tags=["Verdicts"], prefix="/files/{sha256}")

Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class Given(BaseModel):
    """A verdict. `instead_of` is the id of the current one, as you read it; null where there was none."""

    picture: Judgement
    confidence: Confidence
    reason: str
    sound: Judgement | None = None
    links: tuple[str, ...] = ()
    analysis: int | None = None
    instead_of: int | None = None


class Thought(BaseModel):
    """A second analyst's opinion of a verdict."""

    stance: Stance
    reason: str = ""


@router.get("/verdicts", summary="Every verdict on a file")
def every(user: Seeing, sha256: Hash) -> list[VerdictRow]:
    """Newest first; at most one is current."""
    with session() as opened:
        return verdicts.history(opened, _media(opened, sha256))


@router.post("/verdicts", status_code=201, summary="Give a verdict")
def give(user: Judging, sha256: Hash, given: Given) -> VerdictRow:
    """The one before it stays readable. Refused with `verdict_moved` where somebody else was quicker."""
    said = Said(given.picture, given.confidence, given.reason, given.sound, given.links, given.analysis)
    with session() as opened:
        media_id = _media(opened, sha256)
        verdicts.give(opened, user, media_id, said, given.instead_of)
        return _current(opened, media_id)


@router.post("/verdicts/{verdict}/opinions", status_code=201, summary="Confirm a verdict, or dissent")
def opine(user: Judging, sha256: Hash, verdict: int, thought: Thought) -> VerdictRow:
    """Not for your own verdict."""
    with session() as opened:
        media_id = _of(opened, sha256, verdict)
        verdicts.opine(opened, user, verdict, thought.stance, thought.reason)
        return _current(opened, media_id)


@router.post("/verdicts/{verdict}/sign-off", status_code=201, summary="Sign a verdict off")
def sign_off(user: SigningOff, sha256: Hash, verdict: int) -> VerdictRow:
    """For editors, and not for your own verdict."""
    with session() as opened:
        media_id = _of(opened, sha256, verdict)
        verdicts.sign_off(opened, user, verdict)
        return _current(opened, media_id)


def _media(opened: Session, sha256: str) -> int:
    media_id = media.id_of(opened, sha256)
    if media_id is None:
        raise missing("file")
    return media_id


def _of(opened: Session, sha256: str, verdict: int) -> int:
    """The file of a verdict, which must be the one that the address names."""
    media_id = _media(opened, sha256)
    if verdict not in {row.id for row in verdicts.history(opened, media_id)}:
        raise missing("verdict")
    return media_id


def _current(opened: Session, media_id: int) -> VerdictRow:
    row = verdicts.current(opened, media_id)
    assert row is not None
    return row
