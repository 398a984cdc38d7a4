"""System: an admin sees and changes from which sites clips may be fetched."""

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings, settings
from pipelines.links import allowed_sites
from tests.dashboard.conftest import Open, text_of


def save(page: AppTest, text: str) -> AppTest:
    page.text_area[0].set_value(text)
    next(one for one in page.button if one.label == "Save").click().run()
    assert not page.exception, page.exception
    return page


def test_sites_are_seen_changed_and_left_to_the_setting_again(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_LINK_HOSTS", "clips.example")
    settings.cache_clear()
    page = opened("system")
    assert page.text_area[0].value == "clips.example" and "As the setting" in text_of(page)
    page = save(page, "clips.example\nno site!")
    assert "is no name of a site" in text_of(page) and allowed_sites(settings()) == ("clips.example",)
    page = save(page, "https://tube.example/watch\nvideo.example")
    assert allowed_sites(settings()) == ("tube.example", "video.example")
    assert page.text_area[0].value == "tube.example\nvideo.example" and "Chosen by The desk" in text_of(page)
    assert "Allowed: tube.example, video.example" in text_of(opened()).replace("\\", "")
    next(one for one in page.button if one.label == "Follow the setting again").click().run()
    assert allowed_sites(settings()) == ("clips.example",)
