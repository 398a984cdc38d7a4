"""When the chain of the log was last recomputed, and what came of it. The log itself remembers that."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db import audit
from db.audit import Broken, Checked
from db.rights import User

ACTION, SUBJECT = "log.verified", "log"


@dataclass(frozen=True)
class LogCheck:
    """One recomputation of the whole chain, which took so many seconds."""

    at: datetime
    found: Checked
    seconds: float


def remember(session: Session, actor: User, found: Checked, seconds: float) -> None:
    """Write down what `audit.verify` found."""
    broken = {"broken_at": found.broken.number, "why": found.broken.why} if found.broken else {}
    told = {"entries": found.entries, "head": found.head, "seconds": round(seconds, 1)}
    audit.record(session, actor, ACTION, SUBJECT, **told, **broken)


def last(session: Session) -> LogCheck | None:
    """The latest one; None where the chain was never recomputed."""
    newest = audit.events(session, SUBJECT, action=ACTION, limit=1)
    if not newest:
        return None
    told = newest[0].details
    broken = Broken(told["broken_at"], told["why"]) if "broken_at" in told else None
    return LogCheck(newest[0].at, Checked(told["entries"], told["head"], broken), told["seconds"])
