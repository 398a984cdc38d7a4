"""Desks to keep: see `tests/jobs`, whose worker is a real one with a stand-in analysis."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from core.settings import Settings
from db import copies
from tests.jobs.conftest import desk
from tests.postgresql import create

__all__ = ["desk"]

Elsewhere = Callable[[Settings, str], Settings]
NUMBERS = count(1)


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
