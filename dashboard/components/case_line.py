"""How a case stands, in small words: status, deadline, tags, people."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.components.when import when
from dashboard.components.wording import plain
from db.models import now
from db.models_people import CaseStatus
from db.rights import User

STATUS: dict[CaseStatus, str] = {
    "open": ":primary-badge[:material/folder_open: Open]",
    "closed": ":gray-badge[:material/folder: Closed]",
}


def due(deadline: datetime | None, status: CaseStatus) -> str:
    """When an answer is due, in Markdown; a deadline that is over is said in words, not by colour alone."""
    if deadline is None:
        return "no deadline"
    late = status == "open" and deadline < now()
    return f"**overdue since {when(deadline)}**" if late else f"due {when(deadline)}"


def tagged(tags: Sequence[str]) -> str:
    """Tags as labels."""
    return " ".join(f":gray-badge[{plain(tag)}]" for tag in tags)


def workers(users: Sequence[User]) -> str:
    """Who works on it."""
    return ", ".join(plain(user.name) for user in users) or "nobody yet"
