"""Browsers that are signed in, and wrong passwords: the cookie's secret is known to the browser alone."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from db import audit, people
from db.models import now
from db.models_people import LOGIN, SignIn, SignInFailure
from db.rights import User

WINDOW = timedelta(minutes=15)  # in which wrong passwords are counted
MOST_FOR_LOGIN = 5
MOST_FROM_ADDRESS = 30  # a newsroom may share one


def begin(session: Session, user: User, lasts: timedelta, how: str) -> str:
    """Somebody signed in, by "password" or "provider"; gives the secret for her cookie."""
    secret = secrets.token_urlsafe(32)
    row = SignIn(user_id=user.id, secret_sha256=people.fingerprint(secret), expires_at=now() + lasts)
    session.add(row)
    session.flush()
    audit.record(session, user, "signed_in", f"user:{user.id}", sign_in=row.id, how=how)
    return secret


def user_of(session: Session, secret: str, idle: timedelta) -> User | None:
    """Who holds this secret and does something; None where she may not be here any more, see `holder`."""
    row, moment = _held(session, secret, idle), now()
    if row is None:
        return None
    if moment - row.seen_at >= people.SEEN_EVERY:
        row.seen_at = moment
    return people.record(row.user)


def holder(session: Session, secret: str, idle: timedelta) -> User | None:
    """Who holds this secret; None where it ended, expired, was idle for too long, or its user was shut out.

    For a page that refreshes itself: that is no sign that somebody sits before it.
    """
    row = _held(session, secret, idle)
    return None if row is None else people.record(row.user)


def end(session: Session, secret: str) -> None:
    """Sign out: the secret is worth nothing from now on."""
    row = _by_secret(session, secret)
    if row is not None and row.ended_at is None:
        row.ended_at = now()
        user = people.record(row.user)
        audit.record(session, user, "signed_out", f"user:{user.id}", sign_in=row.id)


def attempt(session: Session, login: str, address: str) -> datetime | None:
    """Ask to try a password. None: go on, and it is counted as wrong until `forget_failures`. Else: not before then.

    Counted before it is checked, so that many tries at once are no way around.
    """
    login, moment = login.strip().casefold()[:LOGIN], now()
    session.execute(delete(SignInFailure).where(SignInFailure.at < moment - WINDOW))
    due = (
        _due(session, SignInFailure.login == login, MOST_FOR_LOGIN),
        _due(session, SignInFailure.address == address, MOST_FROM_ADDRESS),
    )
    if (later := max((one for one in due if one), default=None)) is not None:
        return later
    session.add(SignInFailure(login=login, address=address, at=moment))
    session.flush()
    return None


def failed(session: Session, login: str, address: str) -> None:
    """Write down that a password was wrong. An unknown login isn't: it may be a password in the wrong field."""
    known = people.by_login(session, login)
    subject = f"user:{known.id}" if known else "desk"
    audit.record(session, people.desk_user(session), "sign_in_failed", subject, address=address)


def forget_failures(session: Session, login: str) -> None:
    """The right password was given: start to count anew."""
    session.execute(delete(SignInFailure).where(SignInFailure.login == login.strip().casefold()))


def _due(session: Session, whose: ColumnElement[bool], most: int) -> datetime | None:
    count, newest = session.execute(select(func.count(), func.max(SignInFailure.at)).where(whose)).one()
    return newest + WINDOW if count >= most else None


def _held(session: Session, secret: str, idle: timedelta) -> SignIn | None:
    row, moment = _by_secret(session, secret), now()
    if row is None or row.ended_at is not None or not row.user.active:
        return None
    return None if moment >= row.expires_at or moment - row.seen_at >= idle else row


def _by_secret(session: Session, secret: str) -> SignIn | None:
    return session.scalar(select(SignIn).where(SignIn.secret_sha256 == people.fingerprint(secret)))
