"""Accounts from the shell: the first one, and the way back in."""

import getpass
import sys
from collections.abc import Callable

import pytest

from core.settings import Settings, settings
from db import people
from db.session import session
from pipelines.signing_in import by_password, by_provider
from scripts import add_user
from tests.dashboard.signed_in import PASSWORD
from tests.dashboard.test_door import word

Command = Callable[..., int]


@pytest.fixture
def command(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs it with arguments and what is typed on the terminal."""

    def run(*said: str, typed: tuple[str, ...] = (PASSWORD, PASSWORD)) -> int:
        answers = iter(typed)
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(answers))
        monkeypatch.setattr(sys, "argv", ["add_user", *said])
        return add_user.main()

    return run


def test_the_first_admin(local: Settings, command: Command) -> None:
    assert command("Ada@example.org", "--role", "admin", "--name", "Ada Lovelace") == add_user.DONE
    with session() as opened:
        ada = people.by_login(opened, "ada@example.org")
    assert ada and (ada.role, ada.name) == ("admin", "Ada Lovelace")
    assert by_password(local, "ada@example.org", PASSWORD, "")


def test_another_password_and_another_role(local: Settings, command: Command) -> None:
    command("ada")
    new = "another good sentence"
    assert command("ada", "--reset", "--role", "editor", typed=(new, new)) == add_user.DONE
    assert by_password(local, "ada", new, "")
    assert command("ada", typed=()) == add_user.REFUSED


@pytest.mark.parametrize("typed", [("short", "short"), (PASSWORD, "another good sentence")])
def test_a_bad_password_makes_nobody(local: Settings, command: Command, typed: tuple[str, str]) -> None:
    assert command("ada", typed=typed) == add_user.REFUSED
    with session() as opened:
        assert people.by_login(opened, "ada") is None


def test_a_password_is_never_taken_from_the_command_line(command: Command) -> None:
    with pytest.raises(SystemExit):
        command("ada", "--password", PASSWORD)


def test_with_a_provider_she_signs_in_once_and_then_has_a_role(
    local: Settings, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_SIGN_IN", "oidc")
    settings.cache_clear()
    assert command("eve@example.org", "--role", "admin", typed=()) == add_user.REFUSED
    by_provider(local, word())
    assert command("eve@example.org", "--role", "admin", typed=()) == add_user.DONE
    with session() as opened:
        eve = people.by_login(opened, "eve@example.org")
    assert eve and eve.role == "admin"
