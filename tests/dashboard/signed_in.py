"""People who are signed in at a desk of local accounts, for tests."""

from datetime import timedelta
from functools import cache

from core.settings import Settings
from db import people, sign_ins
from db.models_people import Role
from db.rights import User
from db.session import session
from pipelines.signing_in import hashed
from tests.actors import DESK

PASSWORD = "correct horse battery"
kept = cache(hashed)  # hashing is slow on purpose, and everybody here has the same one


def account(config: Settings, login: str, role: Role | None = "analyst") -> User:
    """Somebody with a password."""
    with session(config) as opened:
        return people.add(opened, DESK, login, login.title(), role, kept(PASSWORD))


def secret_of(config: Settings, user: User, lasts: timedelta = timedelta(hours=1)) -> str:
    """What the cookie of her browser holds."""
    with session(config) as opened:
        return sign_ins.begin(opened, user, lasts, "password")
