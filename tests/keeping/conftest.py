"""Desks to keep: see `tests/jobs`, whose worker is a real one with a stand-in analysis."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from core.settings import Settings
from db import cases, copies
from db.cases import Asked
from db.models import now
from db.rights import User
from db.session import session
from pipelines.keeping.cases.exporting import Exported, export_case
from tests.actors import person
from tests.jobs.conftest import desk
from tests.keeping.desks import put_exhibit
from tests.postgresql import create

__all__ = ["desk"]

Elsewhere = Callable[[Settings, str], Settings]
Ours = tuple[Settings, User]
NUMBERS = count(1)
OUTLET = "The other desk\u202e\n"


@pytest.fixture
def config(tmp_path: Path, empty_home: Path) -> Settings:
    """Settings of an empty, migrated desk with a folder of models of its own."""
    shutil.copytree(empty_home, tmp_path / "home")
    return Settings(home=tmp_path / "home", models=tmp_path / "models")


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Elsewhere:
    """Settings for a desk that isn't there yet, in a folder of this name, on a database of the same kind."""

    def settings_for(like: Settings, name: str) -> Settings:
        found = like.model_copy(update={"home": tmp_path / name})
        if copies.kind(like) == "sqlite":
            return found
        url = create(request.getfixturevalue("postgresql"), f"restored_{next(NUMBERS)}", "template0")
        return found.model_copy(update={"database_url": url})

    return settings_for


@pytest.fixture
def theirs(tmp_path: Path, empty_home: Path) -> Settings:
    """The desk that hands on."""
    shutil.copytree(empty_home, tmp_path / "theirs")
    return Settings(home=tmp_path / "theirs", models=tmp_path / "models", outlet_name=OUTLET)


@pytest.fixture
def ours(config: Settings) -> Ours:
    """The desk that takes in, and its editor."""
    return config, person(config, "ed", "editor")


@pytest.fixture
def handed_on(theirs: Settings, tmp_path: Path) -> Exported:
    """The archive of a case of two files."""
    ada, bob = person(theirs, "ada"), person(theirs, "bob", "editor")
    with session(theirs) as opened:
        number = cases.start(
            opened, ada, Asked("Who speaks?", "Is it him?", "The Herald", now(), ("politics",))
        )
    for name in ("a.mp4", "b.mp4"):
        media_id = put_exhibit(theirs, name, ada, bob)
        with session(theirs) as opened:
            cases.add_item(opened, ada, number, media_id)
    with session(theirs) as opened:
        cases.comment(opened, ada, number, "I know this room.")
        cases.answer(opened, bob, number, "It is not him.")
    return export_case(theirs, bob, number, tmp_path / "case.zip")
