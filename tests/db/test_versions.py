"""A worker's code is compared with the desk's: by the number of the version, and by the code itself."""

import pytest

from core.settings import Settings
from core.version import VERSION, build
from db import versions
from db.migrate import migrate, migrate_as_desk
from db.models import DeskVersion
from db.session import session


@pytest.mark.parametrize("desks", ["99.0", VERSION, f"{VERSION}+000000000000"])
def test_other_code_than_the_desks_does_not_fit(config: Settings, desks: str) -> None:
    with session(config) as opened:
        assert versions.misfit(opened) is None  # no desk was started yet
        opened.add(DeskVersion(id=1, version=desks))
        said = versions.misfit(opened)
    assert said == f"This worker is of version {build()}, the desk of version {desks}. Bring both to one version."


def test_a_desk_that_starts_says_which_code_fits_and_a_command_does_not(config: Settings) -> None:
    with session(config) as opened:
        opened.add(DeskVersion(id=1, version="99.0"))
    migrate(config)
    with session(config) as opened:
        assert versions.misfit(opened)
    migrate_as_desk(config)
    with session(config) as opened:
        assert versions.misfit(opened) is None
