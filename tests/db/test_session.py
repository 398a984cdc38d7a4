"""Work that a database which went away may not cost."""

import time

import pytest
from sqlalchemy.exc import OperationalError

from db import session as sessions
from db.session import patiently


def away() -> OperationalError:
    return OperationalError("SELECT 1", {}, OSError("the server closed the connection"))


def test_patience_is_counted_from_when_the_database_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AWAY", 0.05)
    monkeypatch.setattr(sessions, "AGAIN", 0.0)
    tries: list[float] = []

    def long_work() -> str:
        tries.append(time.monotonic())
        if len(tries) == 1:
            time.sleep(0.06)
            raise away()
        return "done"

    assert patiently(long_work) == "done" and len(tries) == 2


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AWAY", 0.05)
    monkeypatch.setattr(sessions, "AGAIN", 0.01)

    def never() -> None:
        raise away()

    began = time.monotonic()
    with pytest.raises(OperationalError):
        patiently(never)
    assert time.monotonic() - began >= 0.05
