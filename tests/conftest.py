"""What tests of several rooms share: empty desks on both databases, the sample clips, the detector, a face finder."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.detectors import registry
from core.detectors.registry import Detector
from core.settings import ROOT, Settings, settings
from db.migrate import migrate
from db.session import engine
from pipelines.media.faces import FaceFinder
from tests.postgresql import DATABASES, cluster, create, fresh


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: begun last, they would keep one process busy after all others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an empty desk, to be copied: migrating takes a while."""
    home = tmp_path_factory.mktemp("empty") / "home"
    migrate(Settings(home=home))
    return home


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A cluster with a migrated database called `migrated`, for tests to copy: migrating takes a while."""
    with TemporaryDirectory(prefix="pg-") as folder, cluster(Path(folder)) as url:
        desk = Settings(home=Path(folder) / "home", database_url=create(url, "migrated"))
        migrate(desk)
        engine(desk.database_url).dispose()
        yield url


@pytest.fixture(params=DATABASES)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty desk on each of the two databases."""
    with fresh(request, tmp_path) as desk:
        yield desk


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the clips that are free to publish."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def shipped_detector() -> Detector:
    """The detector that came with the project."""
    return registry.load(settings().shipped_detector)


@pytest.fixture(scope="session")
def face_finder() -> Iterator[FaceFinder]:
    """One finder for all tests; it holds native resources."""
    with FaceFinder(settings().face_models) as finder:
        yield finder
