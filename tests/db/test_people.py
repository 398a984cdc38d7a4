"""Users, roles and tokens: who may do what, and how it is taken away."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, people
from db.models import now
from db.models_people import ApiToken, AuditEvent, Role
from db.rights import MAY, Action, NotAllowed, User, allowed, require
from db.session import session
from tests.actors import DESK, person


def again(config: Settings, user: User) -> User:
    with session(config) as opened:
        found = people.get(opened, user.id)
    assert found is not None
    return found


def test_the_desk_is_there_from_the_first_day(config: Settings) -> None:
    with session(config) as opened:
        assert people.desk_user(opened) == DESK
        assert people.everybody(opened) == []
        assert people.at_work(opened) == [DESK]


def test_each_role_may_what_the_one_below_it_may(config: Settings) -> None:
    assert MAY["analyst"] < MAY["editor"] < MAY["admin"] == set(get_args(Action))


@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize(
    "user", [User(2, "x", "X", None, True), User(2, "x", "X", "admin", False)], ids=["no role", "shut out"]
)
def test_without_a_role_or_shut_out_nothing_is_allowed(user: User, action: Action) -> None:
    assert not allowed(user, action)
    with pytest.raises(NotAllowed):
        require(user, action)


@pytest.mark.parametrize("role", ["analyst", "editor", None])
def test_only_an_admin_manages_people(config: Settings, role: Role | None) -> None:
    her = person(config, "her", role)
    tries = (
        lambda opened: people.add(opened, her, "friend", "Friend", "admin"),
        lambda opened: people.set_role(opened, her, her.id, "admin"),
        lambda opened: people.set_active(opened, her, DESK.id, False),
        lambda opened: people.set_password(opened, her, person(config, "other").id, "hash"),
    )
    for attempt in tries:
        with pytest.raises(NotAllowed), session(config) as opened:
            attempt(opened)
    assert again(config, her).role == role


def test_a_login_is_one_and_the_same_in_any_case(config: Settings) -> None:
    person(config, "Ada@Example.org")
    with session(config) as opened:
        found = people.by_login(opened, " ADA@example.ORG ")
        assert found is not None and found.login == "ada@example.org"
    with pytest.raises(TelltaleError, match="already"):
        person(config, "ADA@EXAMPLE.ORG")


@pytest.mark.parametrize("login", ["", "  ", "two words", "a\nb", "x" * 201])
def test_a_bad_login_is_refused(config: Settings, login: str) -> None:
    with pytest.raises(TelltaleError, match="one word"):
        person(config, login)


def test_the_last_admin_stays(config: Settings) -> None:
    ada = person(config, "ada", "admin")
    for attempt in (
        lambda opened: people.set_role(opened, DESK, ada.id, "analyst"),
        lambda opened: people.set_active(opened, DESK, ada.id, False),
    ):
        with pytest.raises(TelltaleError, match="last admin"), session(config) as opened:
            attempt(opened)
    ben = person(config, "ben", "admin")
    with session(config) as opened:
        people.set_role(opened, ben, ada.id, "analyst")
    assert again(config, ada).role == "analyst"


def test_the_built_in_user_can_not_be_changed(config: Settings) -> None:
    with pytest.raises(TelltaleError, match="own user"), session(config) as opened:
        people.set_role(opened, DESK, DESK.id, None)


def test_a_newcomer_of_a_provider_has_no_role(config: Settings) -> None:
    with session(config) as opened:
        first = people.from_provider(opened, "https://id.example", "17", "ada@example.org", "Ada")
    assert first.role is None and not allowed(first, "see")
    with session(config) as opened:
        people.set_role(opened, DESK, first.id, "editor")
    with session(config) as opened:  # her address changed; she is still the same
        same = people.from_provider(opened, "https://id.example", "17", "ada@new.example", "Ada L.")
    assert same == User(first.id, "ada@example.org", "Ada", "editor", True)


def test_a_provider_can_not_take_over_a_local_account(config: Settings) -> None:
    person(config, "ada@example.org", "admin")
    with pytest.raises(TelltaleError, match="already"), session(config) as opened:
        people.from_provider(opened, "https://id.example", "17", "Ada@example.org", "Mallory")


def test_a_token_stands_for_its_user_until_it_is_revoked(config: Settings) -> None:
    ada = person(config, "ada")
    with session(config) as opened:
        secret = people.new_token(opened, ada, "night script")
    with session(config) as opened:
        assert people.by_token(opened, secret) == ada
        assert people.by_token(opened, secret + "x") is None
    with session(config) as opened:
        (token,) = people.tokens(opened, ada.id)
        assert token.name == "night script" and token.used_at is not None
        people.revoke_token(opened, ada, token.id)
    with session(config) as opened:
        assert people.by_token(opened, secret) is None


def test_a_token_that_is_used_all_the_time_is_written_down_once_a_minute(
    config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person(config, "ada")
    with session(config) as opened:
        secret = people.new_token(opened, ada, "a program")
    at = now()
    for later in (0, 30, 59, 61):
        monkeypatch.setattr(people, "now", lambda later=later: at + timedelta(seconds=later))
        with session(config) as opened:
            assert people.by_token(opened, secret) == ada
            (token,) = people.tokens(opened, ada.id)
        assert token.used_at == at + timedelta(seconds=61 if later == 61 else 0)


def test_the_secret_of_a_token_is_nowhere_in_the_database(config: Settings) -> None:
    with session(config) as opened:
        secret = people.new_token(opened, DESK, "x")
    with session(config) as opened:
        tables = (ApiToken.__table__, AuditEvent.__table__)
        kept = str([opened.execute(select(table)).all() for table in tables])
    assert secret not in kept and people.fingerprint(secret) in kept


def test_a_token_is_worth_nothing_once_its_user_is_shut_out(config: Settings) -> None:
    ada = person(config, "ada")
    with session(config) as opened:
        secret = people.new_token(opened, ada, "x")
        people.set_active(opened, DESK, ada.id, False)
    with session(config) as opened:
        assert people.by_token(opened, secret) is None


def test_nobody_revokes_somebody_elses_token(config: Settings) -> None:
    ada, eve = person(config, "ada"), person(config, "eve", "editor")
    with session(config) as opened:
        people.new_token(opened, ada, "x")
        (token,) = people.tokens(opened, ada.id)
    with pytest.raises(NotAllowed), session(config) as opened:
        people.revoke_token(opened, eve, token.id)
    with pytest.raises(NotAllowed), session(config) as opened:
        people.new_token(opened, person(config, "new", None), "x")


def test_everything_done_to_people_is_in_the_log(config: Settings) -> None:
    ada = person(config, "ada")
    with session(config) as opened:
        people.set_role(opened, DESK, ada.id, "editor")
        people.set_password(opened, DESK, ada.id, "a hash that nobody may read")
        people.set_active(opened, DESK, ada.id, False)
        people.set_active(opened, DESK, ada.id, True)
    with session(config) as opened:
        log = audit.events(opened, f"user:{ada.id}")
    assert [event.action for event in log] == [
        "user.activated", "user.deactivated", "user.password", "user.role", "user.added",
    ]  # fmt: skip
    assert "hash" not in str([event.details for event in log])
