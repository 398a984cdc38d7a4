"""Desks to keep: see `tests/jobs`, whose worker is a real one with a stand-in analysis."""

from tests.db.conftest import config, either, empty_home, postgresql
from tests.jobs.conftest import desk

__all__ = ["config", "desk", "either", "empty_home", "postgresql"]
