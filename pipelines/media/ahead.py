"""Using all cores: what comes next is made while this is worked on."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """`items`, each made in another thread while the one before is used. One is held ready, never more.

    Decoders and networks let go of the interpreter, so this costs no more than a thread. Errors come through as they
    are.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as other:
        coming = other.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = other.submit(next, source, None)
            yield item
