"""A migrated, empty database, and ways to fill it."""

from pathlib import Path

import pytest

from core.evidence import MediaInfo
from core.settings import Settings
from db.migrate import migrate


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """Settings of an empty, migrated desk."""
    config = Settings(home=tmp_path / "home")
    migrate(config)
    return config


def info(name: str = "clip.mp4", sha256: str = "a" * 64) -> MediaInfo:
    """A file that needs not exist."""
    return MediaInfo(
        sha256, name, "video", 123, "mov,mp4", "h264", 1920, 1080, 3.5, 29.97, 90, True, {"encoder": "Lavf"}
    )
