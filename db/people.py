"""Who is at the desk: people, their roles, and the tokens with which programs act for them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import audit, models_people
from db.models import now
from db.models_people import LOGIN, ApiToken, Role, SignIn
from db.rights import User, require

DESK = "desk"  # the built-in user: the only one where nobody signs in, and who acts where a machine does
SEEN_EVERY = timedelta(minutes=1)  # how often a visit is written down; not at every request
TOKEN_STARTS = "telltale_"  # noqa: S105 - no secret: so that a token that leaked is known for what it is


@dataclass(frozen=True)
class Person:
    """A user as an admin sees her. `signs_in` says by what: "password", "provider" or "nothing"."""

    user: User
    signs_in: str
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class Token:
    """A token as its user sees it: its secret is shown once, when it is made."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def desk_user(session: Session) -> User:
    """The built-in user; it is there from the first migration on."""
    return record(session.scalars(_by_login(DESK)).one())


def get(session: Session, user_id: int) -> User | None:
    """A user by id."""
    row = session.get(models_people.User, user_id)
    return None if row is None else record(row)


def by_login(session: Session, login: str) -> User | None:
    """A user by login, in any letter case."""
    row = session.scalar(_by_login(login))
    return None if row is None else record(row)


def known(session: Session, login: str) -> User:
    """The user in whose name a command is given; TelltaleError `no_user` where nobody has this login."""
    found = by_login(session, login)
    if found is None:
        raise TelltaleError("no_user", f"Nobody at this desk has the login {login!r}.")
    return found


def password_hash(session: Session, login: str) -> str | None:
    """What a password is held against; None where this user has none."""
    row = session.scalar(_by_login(login))
    return None if row is None else row.password_hash


def everybody(session: Session) -> list[Person]:
    """All people but the built-in user, by name."""
    seen = select(func.max(SignIn.seen_at)).where(SignIn.user_id == models_people.User.id).scalar_subquery()
    query = select(models_people.User, seen).where(models_people.User.login != DESK)
    rows = session.execute(query.order_by(models_people.User.name, models_people.User.id))
    return [Person(record(row), _signs_in(row), row.created_at, seen_at) for row, seen_at in rows]


def names(session: Session) -> dict[int, str]:
    """The names of all, also of those who left, by id."""
    rows = session.execute(select(models_people.User.id, models_people.User.name))
    return {row.id: row.name for row in rows}


def at_work(session: Session) -> list[User]:
    """Who may be given work: active, with a role. The built-in user only where there is nobody else."""
    query = select(models_people.User).where(models_people.User.active, models_people.User.role.is_not(None))
    rows = [record(row) for row in session.scalars(query.order_by(models_people.User.name))]
    return [user for user in rows if user.login != DESK] or rows


def add(
    session: Session,
    actor: User,
    login: str,
    name: str,
    role: Role | None,
    password_hash: str | None = None,
) -> User:
    """A new user.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `bad_login`, `login_taken`.
    """
    require(actor, "manage_people")
    audit.be_alone(session)
    row = models_people.User(
        login=_login(session, login), name=_name(name, login), role=role, password_hash=password_hash
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "user.added", f"user:{row.id}", login=row.login, name=row.name, role=role)
    return record(row)


def from_provider(session: Session, issuer: str, issued_id: str, login: str, name: str) -> User:
    """The user whom an OIDC provider vouches for. A newcomer is let in without a role, until an admin gives one.

    Raises:
        TelltaleError: `bad_login`, `login_taken` where a local account has this login.
    """
    known = select(models_people.User).where(
        models_people.User.issuer == issuer, models_people.User.issued_id == issued_id
    )
    if row := session.scalar(known):
        return record(row)
    audit.be_alone(session)
    if row := session.scalar(known):  # she came by two doors at once
        return record(row)
    row = models_people.User(
        login=_login(session, login), name=_name(name, login), role=None, issuer=issuer, issued_id=issued_id
    )
    session.add(row)
    session.flush()
    audit.record(session, record(row), "user.arrived", f"user:{row.id}", login=row.login, issuer=issuer)
    return record(row)


def set_role(session: Session, actor: User, user_id: int, role: Role | None) -> None:
    """Give a role, or take it away.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `built_in`, `last_admin`.
    """
    row = _managed(session, actor, user_id)
    if role != "admin":
        _keep_an_admin(session, row)
    before, row.role = row.role, role
    audit.record(session, actor, "user.role", f"user:{row.id}", login=row.login, before=before, role=role)


def set_active(session: Session, actor: User, user_id: int, active: bool) -> None:
    """Shut somebody out, at once and everywhere, or let her in again.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `built_in`, `last_admin`.
    """
    row = _managed(session, actor, user_id)
    if not active:
        _keep_an_admin(session, row)
        _sign_out_everywhere(session, row.id)
    row.active = active
    done = "user.activated" if active else "user.deactivated"
    audit.record(session, actor, done, f"user:{row.id}", login=row.login)


def set_password(session: Session, actor: User, user_id: int, password_hash: str) -> None:
    """Another password, set by an admin or by the user herself; she is signed out everywhere.

    Raises:
        NotAllowed: the actor is neither.
        TelltaleError: `built_in`.
    """
    row = _managed(session, actor, user_id) if actor.id != user_id else _other_than_desk(session, user_id)
    row.password_hash = password_hash
    _sign_out_everywhere(session, row.id)
    audit.record(session, actor, "user.password", f"user:{row.id}", login=row.login)


def new_token(session: Session, actor: User, name: str) -> str:
    """A token with which a program acts for the actor; this is the only time that its secret is told.

    Raises:
        NotAllowed: the actor may not see the desk herself.
        TelltaleError: `no_name`.
    """
    require(actor, "see")
    if not (shown := " ".join(name.split())[:100]):
        raise TelltaleError("no_name", "Say what the token is for, so that you know it again.")
    secret = TOKEN_STARTS + secrets.token_urlsafe(32)
    row = ApiToken(user_id=actor.id, name=shown, secret_sha256=fingerprint(secret))
    session.add(row)
    session.flush()
    audit.record(session, actor, "token.made", f"user:{actor.id}", token=row.id, name=shown)
    return secret


def tokens(session: Session, user_id: int) -> list[Token]:
    """Every token of a user, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    return [
        Token(row.id, row.name, row.created_at, row.used_at, row.revoked_at) for row in session.scalars(query)
    ]


def revoke_token(session: Session, actor: User, token_id: int) -> None:
    """The token is worth nothing from now on. Its user may do this, and an admin.

    Raises:
        NotAllowed: it is somebody else's.
        TelltaleError: `no_token`.
    """
    row = session.get(ApiToken, token_id)
    if row is None:
        raise TelltaleError("no_token", "There is no such token.")
    if row.user_id != actor.id:
        require(actor, "manage_people")
    if row.revoked_at is None:
        row.revoked_at = now()
        audit.record(session, actor, "token.revoked", f"user:{row.user_id}", token=row.id, name=row.name)


def by_token(session: Session, secret: str) -> User | None:
    """Whose token this is; None where it is unknown or revoked, or its user was shut out."""
    row = session.scalar(select(ApiToken).where(ApiToken.secret_sha256 == fingerprint(secret)))
    if row is None or row.revoked_at is not None or not row.user.active:
        return None
    if row.used_at is None or now() - row.used_at >= SEEN_EVERY:
        row.used_at = now()
    return record(row.user)


def fingerprint(secret: str) -> str:
    """What is kept of a long random secret; it can't be guessed, so a slow hash would gain nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def record(row: models_people.User) -> User:
    """The plain record of a row."""
    return User(row.id, row.login, row.name, row.role, row.active)


def _by_login(login: str) -> Select[models_people.User]:
    return select(models_people.User).where(models_people.User.login == login.strip().casefold())


def _signs_in(row: models_people.User) -> str:
    if row.issuer:
        return "provider"
    return "password" if row.password_hash else "nothing"


def _login(session: Session, login: str) -> str:
    folded = login.strip().casefold()
    if not folded or len(folded) > LOGIN or not folded.isprintable() or " " in folded:
        raise TelltaleError("bad_login", "A login is one word, such as an address; no spaces.")
    if by_login(session, folded):
        raise TelltaleError("login_taken", "Somebody at this desk has this login already.")
    return folded


def _name(name: str, login: str) -> str:
    return " ".join("".join(c for c in name if c.isprintable()).split())[:100] or login.strip()


def _managed(session: Session, actor: User, user_id: int) -> models_people.User:
    """Nobody else changes people until the transaction ends: two admins could make each other the last."""
    require(actor, "manage_people")
    audit.be_alone(session)
    return _other_than_desk(session, user_id)


def _other_than_desk(session: Session, user_id: int) -> models_people.User:
    row = session.get_one(models_people.User, user_id)
    if row.login == DESK:
        raise TelltaleError("built_in", "The desk's own user can't be changed.")
    return row


def _keep_an_admin(session: Session, row: models_people.User) -> None:
    other = (
        select(models_people.User.id)
        .where(models_people.User.role == "admin", models_people.User.active)
        .where(models_people.User.id != row.id, models_people.User.login != DESK)
    )
    if row.role == "admin" and row.active and session.scalar(other.limit(1)) is None:
        raise TelltaleError("last_admin", "This is the last admin. Make somebody else an admin first.")


def _sign_out_everywhere(session: Session, user_id: int) -> None:
    session.execute(
        update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=now())
    )
