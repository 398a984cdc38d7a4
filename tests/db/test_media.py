"""Files and the names they came under."""

from dataclasses import replace

from core.settings import Settings
from db import media
from db.session import session
from tests.db.conftest import info


def test_a_file_comes_back_as_it_was_kept(config: Settings) -> None:
    given = replace(info("two\u2028lines 🎬.mp4"), duration=None, fps=None, kind="image", tags={})
    with session(config) as opened:
        media_id = media.add(opened, given)
    with session(config) as opened:
        assert media.get(opened, media_id) == media.by_sha256(opened, given.sha256) == given


def test_one_file_under_two_names_is_one_file(config: Settings) -> None:
    with session(config) as opened:
        ids = {media.add(opened, info(name)) for name in ("a.mp4", "b.mp4", "a.mp4")}
    assert len(ids) == 1
    with session(config) as opened:
        assert list(media.names(opened, info().sha256)) == ["a.mp4", "b.mp4"]
        assert media.get(opened, ids.pop(), "b.mp4") == info("b.mp4")


def test_an_unknown_file_is_none(config: Settings) -> None:
    with session(config) as opened:
        assert media.get(opened, 1) is None and media.by_sha256(opened, "0" * 64) is None
        assert media.is_empty(opened)
