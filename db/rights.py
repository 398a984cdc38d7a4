"""Who may do what. Commands ask here themselves, so that no page, route or program can forget to.

allowed(user, "sign_off")     for what a page shows
require(user, "sign_off")     for what a command does
"""

from dataclasses import dataclass
from typing import Literal

from core.errors import TelltaleError
from db.models_people import Role

Action = Literal[
    "see",  # pages, originals, evidence
    "export",  # reports, figures
    "take_in",  # files, links
    "take_in_folders",  # of the machine that runs the desk: whoever may, reads whatever media the desk can read there
    "run",  # ask for an analysis, stop it, try again
    "judge",  # verdicts, opinions, notes
    "work_on_cases",
    "sign_off",  # a verdict, the answer to a case
    "train",  # generators in the lab: hours of the machine
    "change_models",  # which detector judges new clips, what it is trained on and when
    "manage_people",
    "change_settings",
    "hold",  # what may not be deleted
    "delete",  # files and cases, for good
    "exchange_cases",  # hand a whole case to another desk, take one in
    "read_audit",  # the whole log; what concerns a file or a case is seen beside it
]

_ANALYST: frozenset[Action] = frozenset({"see", "export", "take_in", "run", "judge", "work_on_cases"})
_EDITOR: frozenset[Action] = _ANALYST | {"sign_off", "train", "change_models", "read_audit", "hold", "exchange_cases"}
_ADMIN: frozenset[Action] = _EDITOR | {"manage_people", "change_settings", "delete", "take_in_folders"}
MAY: dict[Role, frozenset[Action]] = {"analyst": _ANALYST, "editor": _EDITOR, "admin": _ADMIN}

REFUSALS: dict[Action, str] = {
    "take_in_folders": "Only an admin can take in a folder of the machine that runs the desk. Drop the files instead.",
    "sign_off": "Only an editor can sign off.",
    "train": "Only an editor can start and stop training.",
    "change_models": "Only an editor can change which detector serves.",
    "manage_people": "Only an admin can manage people.",
    "change_settings": "Only an admin can change settings.",
    "hold": "Only an editor can put something under legal hold, or lift one.",
    "delete": "Only an admin can delete.",
    "exchange_cases": "Only an editor can hand a whole case to another desk, or take one in.",
    "read_audit": "Only an editor can read the whole log.",
}


class NotAllowed(TelltaleError):
    """Somebody asked for what her role does not allow."""


@dataclass(frozen=True)
class User:
    """Somebody at the desk. Without a role, or no longer active, nothing is allowed."""

    id: int
    login: str
    name: str
    role: Role | None
    active: bool


def allowed(user: User, action: Action) -> bool:
    """Whether somebody may do this."""
    return user.active and user.role is not None and action in MAY[user.role]


def require(user: User, action: Action) -> None:
    """Goes on only where it is allowed.

    Raises:
        NotAllowed: `not_allowed`.
    """
    if not allowed(user, action):
        nothing = user.role is None or not user.active
        said = REFUSALS.get(action, "Your role does not allow this.")
        raise NotAllowed("not_allowed", "An admin must give you a role first." if nothing else said)
