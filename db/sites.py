"""The sites that links may be fetched from, where an admin chose them: the word of the desk's own database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db import audit
from db.models import now
from db.models_intake import SiteChoice
from db.rights import User, require

SUBJECT = "links"
ONE = 1  # there is one choice, and it is replaced


@dataclass(frozen=True)
class Chosen:
    """What was chosen, by whom and when. No hosts: links are off."""

    hosts: tuple[str, ...]
    by: str
    at: datetime


def chosen(session: Session) -> Chosen | None:
    """The choice that stands; None where the setting says."""
    row = session.get(SiteChoice, ONE)
    return None if row is None else Chosen(tuple(row.hosts.split()), row.chosen_by.name, row.chosen_at)


def choose(session: Session, actor: User, hosts: tuple[str, ...]) -> None:
    """From now on links may be fetched from these sites, whatever the setting says.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require(actor, "change_settings")
    row = session.get(SiteChoice, ONE, with_for_update=True) or SiteChoice(id=ONE)
    row.hosts, row.chosen_by_id, row.chosen_at = " ".join(hosts), actor.id, now()
    session.add(row)
    session.flush()
    audit.record(session, actor, "sites.chosen", SUBJECT, sites=" ".join(hosts) or "none")


def leave(session: Session, actor: User) -> None:
    """From now on the setting says again.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require(actor, "change_settings")
    if row := session.get(SiteChoice, ONE):
        session.delete(row)
        session.flush()
        audit.record(session, actor, "sites.left", SUBJECT)
