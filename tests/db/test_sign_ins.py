"""Signed-in browsers end: by time, by idleness, by hand, by being shut out. Guessing is slowed down."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.settings import Settings
from db import audit, people, sign_ins
from db.models import now
from db.models_people import SignIn, SignInFailure
from db.rights import User
from db.session import session
from tests.actors import DESK, person

HOUR = timedelta(hours=1)


@pytest.fixture
def ada(config: Settings) -> User:
    return person(config, "ada")


@pytest.fixture
def secret(config: Settings, ada: User) -> str:
    with session(config) as opened:
        return sign_ins.begin(opened, ada, timedelta(hours=12), "password")


def holder(config: Settings, secret: str) -> User | None:
    with session(config) as opened:
        return sign_ins.user_of(opened, secret, HOUR)


def shift(config: Settings, **columns: object) -> None:
    with session(config) as opened:
        opened.execute(update(SignIn).values(**columns))


def test_the_secret_stands_for_its_user(config: Settings, ada: User, secret: str) -> None:
    assert holder(config, secret) == ada
    assert holder(config, secret[:-1]) is None and holder(config, "") is None


def test_it_ends_with_time_however_busy_she_is(config: Settings, secret: str) -> None:
    shift(config, expires_at=now() - timedelta(seconds=1))
    assert holder(config, secret) is None


def test_it_ends_when_nothing_is_done(config: Settings, ada: User, secret: str) -> None:
    shift(config, seen_at=now() - timedelta(minutes=59))
    assert holder(config, secret) == ada  # and that was a sign of life
    with session(config) as opened:
        assert now() - opened.scalars(select(SignIn.seen_at)).one() < timedelta(minutes=1)
    shift(config, seen_at=now() - HOUR)
    assert holder(config, secret) is None


def test_it_ends_by_hand_once(config: Settings, secret: str) -> None:
    for _ in range(2):
        with session(config) as opened:
            sign_ins.end(opened, secret)
    assert holder(config, secret) is None
    with session(config) as opened:
        assert audit.count(opened, action="signed_out") == audit.count(opened, action="signed_in") == 1


def test_it_ends_when_she_is_shut_out_and_stays_ended(config: Settings, ada: User, secret: str) -> None:
    with session(config) as opened:
        people.set_active(opened, DESK, ada.id, False)
    assert holder(config, secret) is None
    with session(config) as opened:
        people.set_active(opened, DESK, ada.id, True)
    assert holder(config, secret) is None


def test_it_ends_with_another_password(config: Settings, ada: User, secret: str) -> None:
    with session(config) as opened:
        people.set_password(opened, DESK, ada.id, "hash")
    assert holder(config, secret) is None


def test_a_change_of_role_counts_at_once(config: Settings, ada: User, secret: str) -> None:
    with session(config) as opened:
        people.set_role(opened, DESK, ada.id, None)
    found = holder(config, secret)
    assert found is not None and found.role is None


def tries(opened: Session, times: int, login: str = "ada", address: str = "10.0.0.1") -> list[bool]:
    return [sign_ins.attempt(opened, login, address) is None for _ in range(times)]


def test_guessing_one_login_is_stopped_for_a_while(config: Settings, ada: User) -> None:
    with session(config) as opened:
        assert tries(opened, 7) == [True] * 5 + [False] * 2
        assert tries(opened, 1, "ADA ", "10.0.0.2") == [False]
        assert tries(opened, 1, "ben") == [True]
        later = sign_ins.attempt(opened, "ada", "10.0.0.3")
        assert later is not None and timedelta(minutes=14) < later - now() < timedelta(minutes=15)
        opened.execute(update(SignInFailure).values(at=now() - sign_ins.WINDOW))
        assert tries(opened, 1) == [True]


def test_guessing_many_logins_from_one_place_is_stopped(config: Settings) -> None:
    with session(config) as opened:
        done = [sign_ins.attempt(opened, f"login{number}", "10.0.0.1") is None for number in range(40)]
        assert done == [True] * 30 + [False] * 10
        assert sign_ins.attempt(opened, "login1", "10.0.0.2") is None


def test_the_right_password_starts_the_count_anew(config: Settings) -> None:
    with session(config) as opened:
        tries(opened, 4)
        sign_ins.forget_failures(opened, "Ada")
        assert tries(opened, 6) == [True] * 5 + [False]


def test_what_was_typed_as_a_login_is_not_written_down(config: Settings, ada: User) -> None:
    with session(config) as opened:
        sign_ins.failed(opened, "my-secret-password", "10.0.0.1")
        sign_ins.failed(opened, "ada", "10.0.0.1")
    with session(config) as opened:
        known, unknown = audit.events(opened, action="sign_in_failed")
    assert (known.subject, unknown.subject) == (f"user:{ada.id}", "desk")
    assert "my-secret" not in str(unknown)
