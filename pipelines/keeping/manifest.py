"""What a backup holds, as a file beside it: every file by its place, its size and its hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError

from core.errors import TelltaleError
from core.hashing import hashed

FORMAT = 1
FILE = "manifest.json"
DATABASE = "database"
CHUNK = 1 << 20
BY_ROW = frozenset({"originals", "artifacts", "reports"})  # folders whose files the database names, and never change
STARTED = ".part-"  # how a backup that isn't finished is called

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]  # it becomes a path


@dataclass(frozen=True)
class Held:
    """One file: `path` is relative to home, its bytes lie under their hash."""

    path: str
    sha256: Sha256
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """One backup. `damaged` was named by the database, but its file was gone or another one by then."""

    name: str  # when it was taken, in UTC: 20261124T031500Z
    taken_at: datetime
    version: str  # of Telltale
    database: str  # "sqlite" or "postgresql"
    database_sha256: str
    database_bytes: int
    revision: str  # of the tables
    log_entries: int
    log_head: str
    files: tuple[Held, ...]
    damaged: tuple[str, ...]
    settings: dict[str, Any]
    format: int = field(default=FORMAT)


@dataclass(frozen=True)
class Shelf:
    """A folder of backups, which share the files that did not change between them."""

    folder: Path

    def object(self, sha256: str) -> Path:
        """Where the bytes with this hash lie, or would lie."""
        return self.folder / "objects" / sha256[:2] / sha256

    def put(self, source: Path) -> str:
        """Keep a file, as it is while it is read, under the hash of what was read; gives that. Raises OSError."""
        arriving = self.folder / "objects" / "arriving"
        sha256, _ = copy(source, arriving)
        self.object(sha256).parent.mkdir(exist_ok=True)
        arriving.replace(self.object(sha256))
        return sha256

    def backup(self, name: str) -> Path:
        """The folder of one backup."""
        return self.folder / "backups" / name

    def names(self) -> list[str]:
        """The backups that are finished, oldest first."""
        found = (path.parent.name for path in self.folder.glob(f"backups/*/{FILE}"))
        return sorted(name for name in found if not name.startswith(STARTED))

    def read(self, name: str) -> Manifest:
        """What a backup holds.

        Raises:
            TelltaleError: `no_backup`, `bad_backup`.
        """
        path = self.backup(name) / FILE
        if not path.is_file():
            raise TelltaleError("no_backup", f"There is no backup {name} in {self.folder}.")
        try:
            found = TypeAdapter(Manifest).validate_json(path.read_bytes())
        except ValidationError as error:
            raise TelltaleError("bad_backup", f"The manifest of {name} can't be read.") from error
        if found.format != FORMAT:
            raise TelltaleError("bad_backup", f"{name} was taken by another version of Telltale ({found.version}).")
        if outside := [held.path for held in found.files if not _is_within(held.path)]:
            raise TelltaleError("bad_backup", f"The manifest names places outside the home, such as {outside[0]}.")
        return found

    def damaged(self, manifest: Manifest) -> Iterator[str]:
        """What is gone or altered, by its place; reads everything."""
        if not same(self.backup(manifest.name) / DATABASE, manifest.database_sha256):
            yield DATABASE
        yield from (held.path for held in manifest.files if not same(self.object(held.sha256), held.sha256))


def write(manifest: Manifest, folder: Path) -> str:
    """Leave the manifest in the folder of its backup; gives its SHA-256, worth noting elsewhere."""
    content = TypeAdapter(Manifest).dump_json(manifest, indent=1)
    (folder / FILE).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _is_within(place: str) -> bool:
    path = PurePosixPath(place)
    return not path.is_absolute() and bool(path.parts) and ".." not in path.parts and "\0" not in place


def same(path: Path, sha256: str) -> bool:
    """Whether the bytes of a file have this hash."""
    return path.is_file() and hashed(path) == sha256


def copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file, read-only and whole or not at all; gives the SHA-256 of what was copied, and how many bytes.

    Raises:
        OSError: it can't be read, or not be written.
    """
    digest, count = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with source.open("rb") as reading, part.open("wb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
            count += len(chunk)
    part.chmod(0o444)
    part.replace(target)
    return digest.hexdigest(), count
