"""Signing in: by a password of ours, or by the word of an OIDC provider. What comes out is the secret of a cookie."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db import people, sign_ins
from db.rights import User
from db.session import session

SHORTEST, LONGEST = 12, 256  # characters of a password
FRESH = 300.0  # s; a provider's word counts for one arrival, not for the 30 days that Streamlit keeps it
SKEW = 60.0  # s that a provider's clock may go before ours
WRONG = "Login and password don't belong together, or the account is closed."

_hasher = PasswordHasher()
_room = BoundedSemaphore(2)  # each hash takes 64 MiB: strangers must not fill the memory
# What a password is held against where there is no such login: the answer takes as long as for one that exists.
_NOBODY = _hasher.hash("nobody")


class SignInRefused(TelltaleError):
    """Somebody could not come in."""


class TooOften(SignInRefused):
    """Too many wrong passwords; `until` is when the next may be tried."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too_often", "Too many wrong passwords. Wait a quarter of an hour, then try again.")
        self.until = until


def hashed(password: str) -> str:
    """What is kept of a password: argon2id with a salt of its own.

    Raises:
        TelltaleError: `bad_password`.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        said = f"A password has {SHORTEST} to {LONGEST} characters. A sentence is a good one."
        raise TelltaleError("bad_password", said)
    with _room:
        return _hasher.hash(password)


def by_password(config: Settings, login: str, password: str, address: str) -> str:
    """The secret for the cookie of whoever knows this password. `address` is where the request came from.

    Raises:
        TooOften: guessed too often at this login, or from this address.
        SignInRefused: `wrong`. It does not say whether there is such a login.
    """
    user = _knows(config, login, password, address)
    with session(config) as opened:
        return _begin(opened, config, user, "password")


def change_password(config: Settings, actor: User, old: str, new: str, address: str) -> None:
    """Another password by the user herself, who knows the old one. She is signed out everywhere.

    Raises:
        TooOften: guessed too often.
        TelltaleError: `wrong`, `bad_password`.
    """
    kept = hashed(new)
    _knows(config, actor.login, old, address)
    with session(config) as opened:
        people.set_password(opened, actor, actor.id, kept)


def by_provider(config: Settings, claims: Mapping[str, Any]) -> str:
    """The secret for the cookie of whom a provider just vouched for: `claims` of its ID token, checked already.

    Raises:
        SignInRefused: `stale` where the word is old, `closed` where she was shut out.
        TelltaleError: `bad_login`, `login_taken`.
    """
    age = time.time() - float(claims.get("iat") or 0.0)
    if not -SKEW <= age <= FRESH:
        raise SignInRefused("stale", "You were signed out. Sign in again.")
    login = str(claims.get("email") or claims.get("preferred_username") or claims["sub"])
    with session(config) as opened:
        user = people.from_provider(
            opened, str(claims["iss"]), str(claims["sub"]), login, str(claims.get("name") or login)
        )
        if user.active:
            return _begin(opened, config, user, "provider")
    raise SignInRefused("closed", "This account is closed. Ask an admin.")


def _knows(config: Settings, login: str, password: str, address: str) -> User:
    """Who has this login and this password; each try is counted before it is looked at."""
    with session(config) as opened:
        until = sign_ins.attempt(opened, login, address)
        kept = people.password_hash(opened, login)
    if until is not None:
        raise TooOften(until)
    right = _matches(kept, password)
    with session(config) as opened:
        known = people.by_login(opened, login)
        # Read again: the password may have been changed, or the account closed, while this one was hashed.
        if right and known and known.active and people.password_hash(opened, login) == kept:
            sign_ins.forget_failures(opened, login)
            return known
        sign_ins.failed(opened, login, address)
    raise SignInRefused("wrong", WRONG)


def _begin(opened: Session, config: Settings, user: User, how: str) -> str:
    return sign_ins.begin(opened, user, timedelta(hours=config.session_hours), how)


def _matches(kept: str | None, password: str) -> bool:
    with _room:
        try:
            return _hasher.verify(kept or _NOBODY, password[: LONGEST + 1]) and kept is not None
        except VerifyMismatchError:
            return False
