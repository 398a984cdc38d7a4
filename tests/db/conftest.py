"""Every test of this room runs on both databases, unless it is about one of them."""

import pytest

from core.evidence import MediaInfo
from core.settings import Settings


@pytest.fixture
def config(either: Settings) -> Settings:
    """Settings of an empty, migrated desk."""
    return either


def info(name: str = "clip.mp4", sha256: str = "a" * 64) -> MediaInfo:
    """A file that needs not exist."""
    return MediaInfo(
        sha256, name, "video", 123, "mov,mp4", "h264", 1920, 1080, 3.5, 29.97, 90, True, {"encoder": "Lavf"}
    )
