"""Two who do the same at the same moment."""

import threading
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest

BESIDE = 0.5  # s that the first waits for the second to look, too


def made_to_meet(monkeypatch: pytest.MonkeyPatch, module: ModuleType, look: str) -> None:
    """Let both have looked before either writes, where nothing keeps the second from looking."""
    both, honest = threading.Barrier(2), getattr(module, look)

    def looked(*asked: Any) -> Any:
        try:
            return honest(*asked)
        finally:
            with suppress(threading.BrokenBarrierError):
                both.wait(BESIDE)

    monkeypatch.setattr(module, look, looked)
