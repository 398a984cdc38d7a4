"""Files that several machines share: in a folder that all of them see, or in a bucket behind each one's `home`.

Without `storage_url`, `home` is all there is. With one, whatever comes into `home` is put there as well, before the
database speaks of it, and a machine that needs a file which another took in fetches it into its own `home`. Whoever
reads an original or a picture as evidence compares its hash anyway; what was fetched and differs is fetched once more.

`storage_url` is anything that fsspec knows: `file:///mnt/desk`, `s3://bucket/desk` (with s3fs installed).
"""

import errno
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from fsspec.core import url_to_fs

from core.settings import Settings

log = logging.getLogger("telltale.storage")


@contextmanager
def _as_oserror() -> Iterator[None]:
    """What clients of buckets raise when nobody answers is a kind of their own; here it is a storage that fails."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(errno.EIO, f"The shared storage does not answer: {error}") from error


class Bucket:
    """Named files behind a URL. A name is a path below `home`, with slashes."""

    def __init__(self, url: str) -> None:
        self._files, self._root = url_to_fs(url)

    @_as_oserror()
    def put(self, path: Path, name: str) -> None:
        """Keep a copy of a file; one that is there whole stays. Raises OSError."""
        there = self._place(name)
        if not self._files.exists(there) or self._files.size(there) != path.stat().st_size:
            self.replace(path, name)

    @_as_oserror()
    def replace(self, path: Path, name: str) -> None:
        """Keep a copy of a file, whatever was there. Raises OSError."""
        there = self._place(name)
        self._files.makedirs(self._files._parent(there), exist_ok=True)
        self._files.put_file(str(path), there)

    @_as_oserror()
    def get(self, name: str, path: Path) -> bool:
        """Fetch a file to its place, whole or not at all; says whether there was one. Raises OSError."""
        if not self._files.exists(self._place(name)):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".fetch-", delete=False) as part:
            fetched = Path(part.name)
        try:
            self._files.get_file(self._place(name), str(fetched))
            fetched.chmod(0o444)
            fetched.replace(path)
        finally:
            fetched.unlink(missing_ok=True)
        return True

    @_as_oserror()
    def remove(self, name: str) -> None:
        """Forget a file, whether it is there or not. Raises OSError."""
        if self._files.exists(self._place(name)):
            self._files.rm_file(self._place(name))

    def _place(self, name: str) -> str:
        return f"{self._root}/{name}"


def share(config: Settings, path: Path, source: Path | None = None) -> None:
    """Let other machines have a file of `home`, also one that only comes there now, from `source`.

    Raises:
        OSError: it can't be put there whole.
    """
    if bucket := _bucket(config.storage_url):
        bucket.put(source or path, path.relative_to(config.home).as_posix())


def share_anew(config: Settings, path: Path) -> None:
    """As `share`, for a file whose content may have changed under its name. Raises OSError."""
    if bucket := _bucket(config.storage_url):
        bucket.replace(path, path.relative_to(config.home).as_posix())


def here(config: Settings, path: Path) -> Path:
    """The same path of `home`, with its file fetched where only another machine has it; it may still be missing."""
    if not path.exists() and (bucket := _bucket(config.storage_url)):
        bucket.get(path.relative_to(config.home).as_posix(), path)
    return path


def fetch_again(config: Settings, path: Path) -> bool:
    """Replace a file whose hash is wrong by the shared one; says no where nothing is shared."""
    bucket = _bucket(config.storage_url)
    if bucket is None:
        return False
    log.warning("%s is not what it should be; fetching it again", path.name)
    return bucket.get(path.relative_to(config.home).as_posix(), path)


def forget(config: Settings, path: Path) -> None:
    """Remove a file of `home`, and what is shared of it. Raises OSError."""
    path.unlink(missing_ok=True)
    if bucket := _bucket(config.storage_url):
        bucket.remove(path.relative_to(config.home).as_posix())


@cache
def _bucket(url: str) -> Bucket | None:
    return Bucket(url) if url else None
