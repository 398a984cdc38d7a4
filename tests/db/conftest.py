"""A migrated, empty database of each kind, and ways to fill it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from core.evidence import MediaInfo
from core.settings import Settings
from db.migrate import migrate
from db.models import Base
from db.session import engine, session
from tests.postgresql import cluster, needs_postgresql


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """Settings of an empty, migrated desk."""
    config = Settings(home=tmp_path / "home")
    migrate(config)
    return config


@pytest.fixture(scope="session")
def postgresql_desk() -> Iterator[Settings]:
    """Settings of a desk on PostgreSQL, migrated once."""
    with TemporaryDirectory(prefix="pg-") as folder, cluster(Path(folder)) as url:
        desk = Settings(home=Path(folder) / "home", database_url=url)
        migrate(desk)
        yield desk
        engine(url).dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def either(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of an empty desk on each of the two databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("config")
        return
    desk = request.getfixturevalue("postgresql_desk")
    yield desk
    with session(desk) as opened:
        names = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        opened.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


def info(name: str = "clip.mp4", sha256: str = "a" * 64) -> MediaInfo:
    """A file that needs not exist."""
    return MediaInfo(
        sha256, name, "video", 123, "mov,mp4", "h264", 1920, 1080, 3.5, 29.97, 90, True, {"encoder": "Lavf"}
    )
