"""Desks to keep: see `tests/jobs`, whose worker is a real one with a stand-in analysis."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.db.conftest import DATABASES, empty_home, fresh, postgresql
from tests.jobs.conftest import desk

__all__ = ["desk", "empty_home", "postgresql"]


@pytest.fixture
def config(tmp_path: Path, empty_home: Path) -> Settings:
    """Settings of an empty, migrated desk with a folder of models of its own."""
    shutil.copytree(empty_home, tmp_path / "home")
    return Settings(home=tmp_path / "home", models=tmp_path / "models")


@pytest.fixture(params=DATABASES)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The same on each of the two databases."""
    with fresh(request, tmp_path) as made:
        yield made.model_copy(update={"models": tmp_path / "models"})
