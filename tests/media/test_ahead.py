"""Reading ahead changes neither the items nor their errors, and holds one."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from core.errors import MediaRefused
from pipelines.media.ahead import read_ahead


def test_all_items_come_in_order() -> None:
    assert list(read_ahead(range(1, 100))) == list(range(1, 100))
    assert list(read_ahead([])) == []


def test_items_are_made_in_another_thread_and_only_one_ahead() -> None:
    made: list[int] = []

    def source() -> Iterator[str]:
        for number in range(5):
            made.append(number)
            yield threading.current_thread().name

    with closing(read_ahead(source())) as items:
        assert next(items).startswith("ahead")
        next(items)
    assert len(made) <= 3


def test_an_error_comes_through_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise MediaRefused("undecodable", "Torn.")

    items = read_ahead(source())
    assert next(items) == 1
    with pytest.raises(MediaRefused, match="Torn"):
        next(items)
