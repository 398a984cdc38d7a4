"""Searches that somebody keeps under a name, for herself or for the whole desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, joinedload

from core.errors import TelltaleError
from db import people
from db.models import now
from db.models_people import SavedView
from db.rights import NotAllowed, User, require

LONGEST = 80  # characters of a name
MOST = 100  # views of one person


@dataclass(frozen=True)
class View:
    """A search and its name. `asked` holds what stands in the page's address."""

    id: int
    name: str
    asked: dict[str, Any]
    shared: bool
    user: User
    at: datetime


def save(session: Session, actor: User, name: str, asked: dict[str, Any], shared: bool = False) -> int:
    """Keep a search; one of the actor's with the same name gives way. Gives its id.

    Raises:
        NotAllowed: the actor may not see the desk.
        TelltaleError: `bad_view`.
    """
    require(actor, "see")
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST:
        raise TelltaleError("bad_view", f"Give the view a name of at most {LONGEST} characters.")
    session.execute(delete(SavedView).where(SavedView.user_id == actor.id, SavedView.name == shown))
    if len(session.scalars(select(SavedView.id).where(SavedView.user_id == actor.id)).all()) >= MOST:
        raise TelltaleError("bad_view", f"You keep {MOST} views already. Remove one first.")
    row = SavedView(user_id=actor.id, name=shown, asked=asked, shared=shared, at=now())
    session.add(row)
    session.flush()
    return row.id


def for_user(session: Session, user: User) -> list[View]:
    """Those of a user and those that are shared with everybody, by name."""
    query = select(SavedView).where(or_(SavedView.user_id == user.id, SavedView.shared))
    rows = session.scalars(query.order_by(SavedView.name, SavedView.id).options(joinedload(SavedView.user)))
    return [View(row.id, row.name, row.asked, row.shared, people.record(row.user), row.at) for row in rows]


def remove(session: Session, actor: User, view_id: int) -> None:
    """Forget a view: its owner may, and an admin. One that is gone is gone.

    Raises:
        NotAllowed: it is somebody else's.
    """
    row = session.get(SavedView, view_id)
    if row is None:
        return
    if row.user_id != actor.id:
        if not row.shared:
            raise NotAllowed("not_allowed", "This view is somebody else's.")
        require(actor, "manage_people")
    session.delete(row)
