"""A migrated, empty database of each kind, and ways to fill it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.evidence import MediaInfo
from core.settings import Settings
from db.migrate import migrate
from db.session import engine
from tests.postgresql import cluster, create, needs_postgresql

NUMBERS = count(1)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an empty desk, to be copied: migrating takes a while."""
    home = tmp_path_factory.mktemp("empty") / "home"
    migrate(Settings(home=home))
    return home


@pytest.fixture
def config(tmp_path: Path, empty_home: Path) -> Settings:
    """Settings of an empty, migrated desk."""
    shutil.copytree(empty_home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A cluster with a migrated database called `migrated`, for tests to copy: migrating takes a while."""
    with TemporaryDirectory(prefix="pg-") as folder, cluster(Path(folder)) as url:
        desk = Settings(home=Path(folder) / "home", database_url=create(url, "migrated"))
        migrate(desk)
        engine(desk.database_url).dispose()
        yield url


DATABASES = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@pytest.fixture(params=DATABASES)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty desk on each of the two databases."""
    with fresh(request, tmp_path) as desk:
        yield desk


@contextmanager
def fresh(request: pytest.FixtureRequest, folder: Path) -> Iterator[Settings]:
    """Settings of an empty desk on the database that the test asks for."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("empty_home"), folder / "home")
        desk = Settings(home=folder / "home")
    else:
        url = create(request.getfixturevalue("postgresql"), f"desk_{next(NUMBERS)}", "migrated")
        desk = Settings(home=folder / "home", database_url=url)
    yield desk
    engine(desk.resolved_database_url()).dispose()


def info(name: str = "clip.mp4", sha256: str = "a" * 64) -> MediaInfo:
    """A file that needs not exist."""
    return MediaInfo(
        sha256, name, "video", 123, "mov,mp4", "h264", 1920, 1080, 3.5, 29.97, 90, True, {"encoder": "Lavf"}
    )
