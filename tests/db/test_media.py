"""Files and the names they came under."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

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


def test_the_same_bytes_may_come_in_twice_at_once(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    both, looked = threading.Barrier(2, timeout=20), media._id_of

    def look(opened: Session, sha256: str) -> int | None:
        found = looked(opened, sha256)
        if found is None:
            both.wait()  # neither goes on before both have seen that the file is new
        return found

    def add(name: str) -> int:
        with session(config) as opened:
            return media.add(opened, info(name))

    monkeypatch.setattr(media, "_id_of", look)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(add, ["one.mp4", "two.mp4"])
    assert first == second
    with session(config) as opened:
        assert sorted(media.names(opened, info().sha256)) == ["one.mp4", "two.mp4"]
