"""Who does things in tests."""

from core.settings import Settings
from db import people
from db.models_people import Role
from db.rights import User
from db.session import session

DESK = User(1, "desk", "The desk", "admin", True)  # made by the migration


def person(config: Settings, login: str, role: Role | None = "analyst") -> User:
    """A user of this login."""
    with session(config) as opened:
        return people.add(opened, DESK, login, login.title(), role)
