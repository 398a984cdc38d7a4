"""Whether somebody is still to say what she takes a file for, before she is shown what the machine found in it.

Pages and routes ask here, so that a page which waits is not undone by an address that answers.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from core.settings import Settings
from db import first_looks
from db.rights import User, allowed


def awaited(config: Settings, session: Session, user: User, media_ids: Iterable[int]) -> set[int]:
    """Those of the files; none where the desk does not ask, or of whoever may not judge."""
    asked = set(media_ids)
    if not config.first_look or not allowed(user, "judge"):
        return set()
    return asked - first_looks.settled(session, user.id, asked)
