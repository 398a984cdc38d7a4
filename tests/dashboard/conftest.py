"""A desk of its own for every test: real database, real pictures, in a folder that goes away."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.settings import Settings, settings
from dashboard import who
from tests.dashboard.live import Live, running
from tests.dashboard.stored import put_card

DESK = Path(__file__).parents[2] / "dashboard" / "desk.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def no_components_looked_for() -> Iterator[None]:
    """For every page under test Streamlit reads about all installed packages, which takes longer than the page.

    It looks for components that they bring; all of ours stand in our own code.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", list)
        yield


@pytest.fixture
def config(tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of an empty desk."""
    shutil.copytree(empty_home, tmp_path / "home")
    monkeypatch.setenv("TELLTALE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TELLTALE_MODELS", str(tmp_path / "models"))
    settings.cache_clear()
    put_card(tmp_path / "models")
    yield settings()
    settings.cache_clear()


@pytest.fixture
def local(config: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an empty desk where people sign in with passwords."""
    monkeypatch.setenv("TELLTALE_SIGN_IN", "local")
    monkeypatch.setattr(who, "cookie", lambda: "")  # pages under test have no browser
    monkeypatch.setattr(who, "address", lambda: "127.0.0.1")
    settings.cache_clear()
    return settings()


@pytest.fixture
def opened(config: Settings) -> Open:
    """Opens a page of the desk, by the file of its screen and the query of its address."""

    def open_page(screen: str = "queue", **query: str) -> AppTest:
        desk = AppTest.from_file(str(DESK), default_timeout=30)
        if screen != "queue":
            desk.run().switch_page(f"screens/{screen}.py")
        for name, value in query.items():
            desk.query_params[name] = value
        desk.run()
        assert not desk.exception, desk.exception
        return desk

    return open_page


def text_of(desk: AppTest) -> str:
    """All that a page says in words."""
    kinds = (desk.markdown, desk.caption, desk.warning, desk.error, desk.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running desk for all who ask a real server; starting one takes long."""
    yield from running(tmp_path_factory.mktemp("live"))
