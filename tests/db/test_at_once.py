"""Two people who do the same at the same moment: one of them is told so, and nothing is there twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db import case_file, cases, exclusions, holds, media, people, verdicts
from db.rights import User
from db.session import session
from db.verdicts import Said
from tests.actors import DESK, person
from tests.at_once import made_to_meet
from tests.db.conftest import info

SAID = Said("manipulated", "high", "The mouth does not follow the words.")
Command = Callable[[Session, User], Any]


def at_once(config: Settings, command: Command, *actors: User) -> list[str]:
    """What they are told: the code of a refusal, or nothing; anything else is raised."""

    def told(actor: User) -> str:
        try:
            with session(config) as opened:
                command(opened, actor)
        except TelltaleError as refusal:
            return refusal.code
        return ""

    with ThreadPoolExecutor(len(actors)) as threads:
        return sorted(threads.map(told, actors))


@pytest.fixture
def two(config: Settings) -> tuple[User, User]:
    """Two admins, a clip, and a case."""
    with session(config) as opened:
        media.add(opened, info())
        cases.start(opened, DESK, cases.Asked("A case"))
    return person(config, "ada", "admin"), person(config, "eve", "admin")


COMMANDS: dict[str, tuple[ModuleType, str, Command, list[str]]] = {
    "verdict": (verdicts, "_check", lambda s, a: verdicts.give(s, a, 1, SAID), ["", "verdict_moved"]),
    "hold": (holds, "on", lambda s, a: holds.put(s, a, "media:1", "Court order"), ["", "bad_hold"]),
    "exhibit": (cases, "_check_item", lambda s, a: cases.add_item(s, a, 1, 1), ["", ""]),
    "exclusion": (exclusions, "_row", lambda s, a: exclusions.exclude(s, a, "media", 1, "Private"), ["", ""]),
    "user": (people, "_login", lambda s, a: people.add(s, a, "ben", "Ben", "analyst"), ["", "login_taken"]),
    "arrival": (people, "_login", lambda s, _: people.from_provider(s, "https://id", "7", "cy", "Cy"), ["", ""]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_second_is_told(
    config: Settings, two: tuple[User, User], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, look, command, expected = COMMANDS[name]
    made_to_meet(monkeypatch, module, look)
    assert at_once(config, command, *two) == expected
    with session(config) as opened:
        found = case_file.get(opened, 1)
        assert found is not None and len(found.exhibits) == (name == "exhibit")


def test_a_verdict_is_signed_off_once(
    config: Settings, two: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(config) as opened:
        number = verdicts.give(opened, DESK, 1, SAID)
    made_to_meet(monkeypatch, verdicts, "_current")
    assert at_once(config, lambda s, a: verdicts.sign_off(s, a, number), *two) == ["", "signed_off"]


def test_two_admins_can_not_make_each_other_the_last(
    config: Settings, two: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made_to_meet(monkeypatch, people, "_keep_an_admin")
    told = at_once(config, lambda s, a: people.set_role(s, a, a.id, "analyst"), *two)
    assert told == ["", "last_admin"]
