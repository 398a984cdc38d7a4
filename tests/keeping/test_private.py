"""What the desk makes is nobody else's to read, whatever the umask of the account that it runs under."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from db import cases
from db.cases import Asked
from db.migrate import migrate
from db.session import engine, session
from pipelines.keeping.backup import back_up
from pipelines.keeping.cases.exporting import export_case
from pipelines.keeping.restore import restore
from tests.actors import DESK


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """An account that lets everybody read what it makes."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def is_private(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


def test_nobody_else_reads_a_desk_a_backup_or_a_case(tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "new" / "home", models=tmp_path / "models")
    migrate(config)
    with session(config) as opened:
        case = cases.start(opened, DESK, Asked("Who speaks?"))
    back_up(config, tmp_path / "backups", lambda _said: None)
    archive = export_case(config, DESK, case, tmp_path / "case.zip").path
    restored = config.model_copy(update={"home": tmp_path / "restored"})
    restore(tmp_path / "backups", restored)
    made = (config.home, tmp_path / "backups", archive, restored.home)
    assert [path.name for path in made if not is_private(path)] == []
    engine(restored.resolved_database_url()).dispose()
