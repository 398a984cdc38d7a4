"""Whether a file still has its hash: what is served again and again is read once, and when it may have changed."""

from collections import defaultdict
from pathlib import Path
from threading import Lock

from core.hashing import hashed

Mark = tuple[int, ...]

_right: dict[Path, tuple[str, Mark]] = {}  # the hash that this process found a file to have, and its mark then
_reading: defaultdict[Path, Lock] = defaultdict(Lock)  # a browser asks for several parts of a file at once


def still_has(path: Path, sha256: str) -> bool:
    """Whether a file has this hash. Its bytes are read where its mark is not what it was when they were right."""
    with _reading[path]:
        mark = _mark(path)
        if _right.get(path) != (sha256, mark):
            if hashed(path) != sha256:
                return False
            _right[path] = sha256, mark
        return True


def _mark(path: Path) -> Mark:
    """What changes with a file's bytes. Its times of writing can be set back; that of its last change can't."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
