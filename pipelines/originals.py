"""The files themselves: kept untouched and read-only under their SHA-256, each of them once.

A file comes in under a name of ours, is hashed while it is copied, and is moved to its place in one step:
there is never half a file in `originals`, and no name that somebody gave is ever a path.
"""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from core.errors import AnalysisFailed, MediaRefused
from core.hashing import hashed
from core.settings import Settings
from pipelines import storage
from pipelines.unaltered import still_has

CHUNK = 1 << 20
ABANDONED = 24 * 3600  # s after which a half-copied file belongs to nobody


def path_of(home: Path, sha256: str) -> Path:
    """Where the file with this hash lies, or would lie."""
    return home / "originals" / sha256[:2] / sha256[2:4] / sha256


class Incoming:
    """A file on its way in: write chunks to it, then `place` it. Left without placing, nothing stays behind.

    Raises:
        MediaRefused: `too_large`, as soon as more than `max_bytes` were written.
    """

    def __init__(self, home: Path, max_bytes: int) -> None:
        self._home, self._max_bytes = home, max_bytes
        self._hash = hashlib.sha256()
        self.bytes = 0
        folder = home / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix="part-")
        self.path = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.bytes += len(chunk)
        if self.bytes > self._max_bytes:
            raise MediaRefused(
                "too_large",
                f"This file is larger than {_size(self._max_bytes)}, the most that this desk takes. "
                "Cut the part that matters, or raise TELLTALE_MAX_BYTES.",
            )
        self._hash.update(chunk)
        self._file.write(chunk)

    def complete(self) -> str:
        """All bytes are here and on the disk; gives their SHA-256."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()  # many may wait to be placed together
        return self._hash.hexdigest()

    def place(self, sha256: str) -> None:
        """Move the file to its place, for good."""
        target = path_of(self._home, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o444)
        self.path.replace(target)
        _sync_folder(target.parent)


def open_regular(path: Path) -> BinaryIO:
    """Open a plain file for reading; a device or a pipe could keep us waiting for ever.

    Raises:
        MediaRefused: `not_a_file`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise MediaRefused("not_a_file", f"This file can't be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MediaRefused("not_a_file", "This is a folder or a device, not a file.")
    return os.fdopen(descriptor, "rb")


def here(config: Settings, sha256: str) -> Path:
    """Where the file with this hash lies on this machine, fetched if another one took it in; it may be missing."""
    return storage.here(config, path_of(config.home, sha256))


def verify(config: Settings, sha256: str) -> Path:
    """The path of an original, once its bytes have been found to be those that came in.

    Raises:
        AnalysisFailed: `original_missing`, `original_altered`.
    """
    return _checked(config, sha256, lambda path: hashed(path) == sha256)


def unaltered(config: Settings, sha256: str) -> Path:
    """As `verify`, for who opens an original many times: this process reads it again only where it may have changed.

    Raises:
        AnalysisFailed: as `verify`.
    """
    return _checked(config, sha256, lambda path: still_has(path, sha256))


def _checked(config: Settings, sha256: str, is_right: Callable[[Path], bool]) -> Path:
    path = here(config, sha256)
    if not path.is_file():
        raise AnalysisFailed("original_missing", "The stored original is gone. Drop the file again.")
    if is_right(path) or (storage.fetch_again(config, path) and is_right(path)):
        return path
    raise AnalysisFailed(
        "original_altered",
        "The stored original no longer matches its hash: the disk failed or somebody changed it. "
        "Bring the file back from a backup.",
    )


def sweep(home: Path) -> None:
    """Remove what uploads that broke off long ago left behind."""
    for part in (home / "incoming").glob("part-*"):
        if time.time() - part.stat().st_mtime > ABANDONED:
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.1f} MB"
