"""A file that is served again and again is read once, and whenever it may have changed."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from pipelines import unaltered
from pipelines.unaltered import still_has

CONTENT = b"as it came in"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
TICK = 0.02  # s: older kernels give what is written within up to 10 ms one time


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read whole, in that order."""
    read: list[Path] = []
    hashed = unaltered.hashed
    monkeypatch.setattr(unaltered, "hashed", lambda path: (read.append(path), hashed(path))[1])
    return read


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept"
    path.write_bytes(CONTENT)
    return path


def test_what_stays_the_same_is_read_once(kept: Path, reads: list[Path]) -> None:
    assert all(still_has(kept, SHA256) for _ in range(3)) and reads == [kept]


def test_what_is_wrong_is_read_each_time_and_right_again_when_it_is(kept: Path, reads: list[Path]) -> None:
    kept.write_bytes(b"something else")
    assert not still_has(kept, SHA256) and not still_has(kept, SHA256) and len(reads) == 2
    kept.write_bytes(CONTENT)
    assert still_has(kept, SHA256) and not still_has(kept, "0" * 64)


def rewritten(path: Path) -> None:
    path.write_bytes(b"AS IT CAME IN")


def set_back(path: Path) -> None:
    before = path.stat()
    rewritten(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"AS IT CAME IN")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [rewritten, set_back, replaced])
def test_a_change_of_the_same_size_is_seen(kept: Path, change: object) -> None:
    assert still_has(kept, SHA256)
    time.sleep(TICK)
    change(kept)  # type: ignore[operator]
    assert not still_has(kept, SHA256)
