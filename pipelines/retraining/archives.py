"""Unpacking an archive that may have been made to do harm: no way out of its folder, no links, no bombs."""

import tarfile
import zipfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import MediaRefused

CHUNK = 1 << 20  # bytes
DEEPEST = 16  # folders in each other


@dataclass(frozen=True)
class Limits:
    """What one archive may hold. Sizes in bytes are counted while unpacking: those that it declares may be false."""

    file_bytes: int
    all_bytes: int = 1 << 40
    members: int = 500_000


def is_archive(path: Path) -> bool:
    """Whether this is a zip or a tar, packed or not."""
    return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))


def unpack(archive: Path, folder: Path, limits: Limits) -> None:
    """Everything in the archive, into an empty folder.

    Raises:
        MediaRefused: `outside`, `link`, `too_large`, `too_many_files`, `damaged`.
    """
    left = limits.all_bytes
    try:
        with closing(_members(archive)) as members:
            for number, (name, content) in enumerate(members):
                if number == limits.members:
                    raise MediaRefused("too_many_files", f"This archive holds more than {limits.members:,} files.")
                with content:
                    left -= _copied(content, _place(folder, name), min(limits.file_bytes, left))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise MediaRefused("damaged", f"This archive can't be unpacked ({error}). Pack it anew.") from error


def _members(archive: Path) -> Generator[tuple[str, IO[bytes]]]:
    """Name and content of each file; folders are made as they are needed."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                if not entry.is_dir():
                    _refuse_unless(not _is_link(entry), entry.filename)
                    yield entry.filename, packed.open(entry)
        return
    with tarfile.open(archive) as packed:
        for member in packed:
            if not member.isdir():
                _refuse_unless(member.isreg(), member.name)
                content = packed.extractfile(member)
                assert content is not None, "a plain file has content"
                yield member.name, content


def _is_link(entry: zipfile.ZipInfo) -> bool:
    """As Unix notes it in the upper half of a zip's attributes."""
    return entry.external_attr >> 28 == 0xA


def _refuse_unless(plain: bool, name: str) -> None:
    if not plain:
        raise MediaRefused("link", f"{name[:200]!r} in this archive is a link or a device. Pack the files themselves.")


def _place(folder: Path, name: str) -> Path:
    """Where a member goes; its parents are made."""
    parts = PurePosixPath(name).parts
    odd = not parts or any(part == ".." or "\\" in part or not part.isprintable() for part in parts)
    target = folder.joinpath(*parts)
    if odd or len(parts) > DEEPEST or not target.resolve().is_relative_to(folder.resolve()):
        raise MediaRefused("outside", f"The name {name[:200]!r} in this archive leads elsewhere. Pack it anew.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _copied(content: IO[bytes], target: Path, limit: int) -> int:
    """Bytes written. A second member of the same name is refused: which of the two was meant?"""
    written = 0
    try:
        with target.open("xb") as out:
            while chunk := content.read(CHUNK):
                written += len(chunk)
                if written > limit:
                    raise MediaRefused("too_large", f"{target.name} in this archive unpacks to more than is allowed.")
                out.write(chunk)
    except (FileExistsError, IsADirectoryError) as error:
        raise MediaRefused("damaged", f"{target.name} stands in this archive twice. Pack it anew.") from error
    return written
