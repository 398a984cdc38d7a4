"""Which weights this desk knows, which of them serve, and how that changed.

One version is the champion: it judges every new clip. A candidate waits to be promoted, a refused one never will be, a
retired one served before and may serve again. An analysis keeps the version that made it, whatever happens here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.detectors.card import READS, Card
from core.errors import TelltaleError
from db import audit, people
from db.models import Analysis, ModelState, ModelVersion, now
from db.models_cards import FormerCard
from db.rights import User, require

LONGEST = 2000  # characters of a reason
REASONED = ("model.promoted", "model.rolled_back", "model.refused")


@dataclass(frozen=True)
class Version:
    """One set of weights. `folder` lies under `home/models`; it and the card are None where the desk holds neither."""

    id: int
    name: str
    version: str
    sha256: str
    graph_sha256: str | None
    folder: str | None
    card: str | None
    parent_id: int | None
    data_version: str | None
    state: ModelState
    instead_of_id: int | None  # the version that it replaced as champion, where a rollback leads
    promoted_by: str | None  # a name
    promoted_at: datetime | None
    created_at: datetime

    @property
    def title(self) -> str:
        """As people speak of it."""
        return f"{self.name} {self.version}"

    def read_card(self) -> Card | None:
        """The card, for those who need more than the name."""
        return None if self.card is None else Card.model_validate_json(self.card)


def register(
    session: Session,
    actor: User,
    card: Card,
    folder: str,
    parent: int | None = None,
    data_version: str | None = None,
) -> Version:
    """Weights that lie whole in `home/models/<folder>` become a candidate. Known ones are given as they are.

    Raises:
        NotAllowed: the actor may not change which model serves.
    """
    require(actor, "change_models")
    row = session.scalar(select(ModelVersion).where(ModelVersion.sha256 == card.sha256))
    if row is not None and row.card is not None:
        return _version(session, row)
    row = row or ModelVersion(name=card.name, version=card.version, sha256=card.sha256)
    row.graph_sha256, row.folder, row.card = card.graph_sha256, folder, card.model_dump_json()
    row.parent_id, row.data_version, row.state = parent, data_version, "candidate"
    session.add(row)
    session.flush()
    _record(session, actor, "model.registered", row, parent=parent, data_version=data_version)
    return _version(session, row)


def recard(session: Session, actor: User, version_id: int, card: Card) -> None:
    """The same weights came with another card: other figures, limits, or another reading of their scores.

    Raises:
        NotAllowed: the actor may not change which model serves.
    """
    require(actor, "change_models")
    row = session.get_one(ModelVersion, version_id)
    before = _version(session, row).read_card()
    if row.card is not None:
        session.add(FormerCard(model_id=row.id, card=row.card))
    row.name, row.version, row.card = card.name, card.version, card.model_dump_json()
    anew = before is None or before.model_dump(include=READS) != card.model_dump(include=READS)
    _record(session, actor, "model.card_changed", row, scores_read_anew=anew)


def card_at(session: Session, sha256: str, at: datetime) -> Card | None:
    """The card that weights had at a time; None where the desk has registered none."""
    of_weights = select(FormerCard.card).join(ModelVersion).where(ModelVersion.sha256 == sha256)
    former = session.scalar(of_weights.where(FormerCard.until > at).order_by(FormerCard.until, FormerCard.id).limit(1))
    if former is not None:
        return Card.model_validate_json(former)
    known = by_weights(session, sha256)
    return known.read_card() if known else None


def champion(session: Session) -> Version | None:
    """The version that serves; None on a desk whose worker has never started."""
    row = session.scalar(select(ModelVersion).where(ModelVersion.state == "champion"))
    return None if row is None else _version(session, row)


def newest_candidate(session: Session) -> Version | None:
    """The candidate that was registered last: the one that looks on as a shadow."""
    query = select(ModelVersion).where(ModelVersion.state == "candidate", ModelVersion.folder.is_not(None))
    row = session.scalar(query.order_by(ModelVersion.id.desc()).limit(1))
    return None if row is None else _version(session, row)


def get(session: Session, version_id: int) -> Version | None:
    """A version by id."""
    row = session.get(ModelVersion, version_id)
    return None if row is None else _version(session, row)


def by_weights(session: Session, sha256: str) -> Version | None:
    """The version with these weights."""
    row = session.scalar(select(ModelVersion).where(ModelVersion.sha256 == sha256))
    return None if row is None else _version(session, row)


def versions(session: Session) -> list[Version]:
    """All of them, newest first."""
    rows = session.scalars(select(ModelVersion).order_by(ModelVersion.created_at.desc(), ModelVersion.id.desc()))
    return [_version(session, row) for row in rows]


def analyses_of(session: Session) -> dict[int, int]:
    """How many analyses each version made; one that made none is left out."""
    query = select(Analysis.model_id, func.count()).group_by(Analysis.model_id)
    return dict(session.execute(query).tuples().all())


def reason_of(session: Session, version_id: int) -> str | None:
    """Why a version was promoted, brought back or refused last, in the words of whoever did it."""
    about = f"model:{version_id}"
    told = [one for action in REASONED for one in audit.events(session, about, action=action, limit=1)]
    newest = max(told, key=lambda one: one.number, default=None)
    return None if newest is None else str(newest.details["reason"])


def promote(session: Session, actor: User, version_id: int, reason: str) -> None:
    """From now on this version serves. What the one before it found stays as it is.

    Raises:
        NotAllowed: the actor may not change which model serves.
        TelltaleError: `no_reason`, `not_promotable`, `model_moved`.
    """
    require(actor, "change_models")
    row = _promotable(session, version_id)
    said = _reason(reason)
    before = champion(session)
    row.instead_of_id = before.id if before else None
    _put_in_service(session, actor, row)
    _record(session, actor, "model.promoted", row, instead_of=row.instead_of_id, reason=said)


def roll_back(session: Session, actor: User, reason: str) -> Version:
    """The version that the champion replaced serves again; gives it. Once more leads to the one before that.

    Raises:
        NotAllowed: the actor may not change which model serves.
        TelltaleError: `no_reason`, `no_way_back`, `not_promotable`, `model_moved`.
    """
    require(actor, "change_models")
    said = _reason(reason)
    serves = champion(session)
    if serves is None or serves.instead_of_id is None:
        raise TelltaleError("no_way_back", "No other version served before this one.")
    row = _promotable(session, serves.instead_of_id)
    _put_in_service(session, actor, row)
    _record(session, actor, "model.rolled_back", row, instead_of=serves.id, reason=said)
    return _version(session, row)


def refuse(session: Session, actor: User, version_id: int, reason: str) -> None:
    """This candidate will not serve.

    Raises:
        NotAllowed: the actor may not change which model serves.
        TelltaleError: `no_reason`, `not_refusable` for anything but a candidate.
    """
    require(actor, "change_models")
    row = session.get_one(ModelVersion, version_id)
    if row.state != "candidate":
        raise TelltaleError("not_refusable", "Only a candidate can be refused.")
    row.state = "refused"
    _record(session, actor, "model.refused", row, reason=_reason(reason))


def _promotable(session: Session, version_id: int) -> ModelVersion:
    row = session.get(ModelVersion, version_id)
    if row is None:
        raise TelltaleError("not_promotable", "There is no such version.")
    why = {
        "champion": "This version serves already.",
        "refused": "This version was refused: it may not serve.",
    }.get(row.state)
    if row.card is None or row.folder is None:
        why = "The desk does not hold the weights of this version."
    if why:
        raise TelltaleError("not_promotable", why)
    return row


def _put_in_service(session: Session, actor: User, row: ModelVersion) -> None:
    """The champion steps back, this one steps up: never two, for an index forbids it."""
    try:
        stepping_back = update(ModelVersion).where(ModelVersion.state == "champion").values(state="retired")
        session.execute(stepping_back)
        row.state, row.promoted_by_id, row.promoted_at = "champion", actor.id, now()
        session.flush()
    except IntegrityError as error:
        moved = "Somebody else changed which version serves at this very moment. Look again, then decide."
        raise TelltaleError("model_moved", moved) from error


def _reason(text: str) -> str:
    if not (said := text.strip()) or len(said) > LONGEST:
        wanted = f"Say why, in at most {LONGEST:,} characters, so that it can be understood later."
        raise TelltaleError("no_reason", wanted)
    return said


def _record(session: Session, actor: User, action: str, row: ModelVersion, **details: object) -> None:
    told = {"model": f"{row.name} {row.version}", "weights": row.sha256}
    audit.record(session, actor, action, f"model:{row.id}", **told, **details)


def _version(session: Session, row: ModelVersion) -> Version:
    by = people.get(session, row.promoted_by_id) if row.promoted_by_id is not None else None
    return Version(
        id=row.id,
        name=row.name,
        version=row.version,
        sha256=row.sha256,
        graph_sha256=row.graph_sha256,
        folder=row.folder,
        card=row.card,
        parent_id=row.parent_id,
        data_version=row.data_version,
        state=row.state,
        instead_of_id=row.instead_of_id,
        promoted_by=by.name if by else None,
        promoted_at=row.promoted_at,
        created_at=row.created_at,
    )
