"""The file itself: a zip whose members lie under names of ours, and a manifest with the size and hash of each.

    manifest.json                what is in it
    case.json                    a `CaseRecord`
    files/<sha256>.json          a `FileRecord` of each file
    originals/<sha256>           the files, as they came in
    pictures/<sha256>            what their analyses left

A reader believes the manifest as little as the rest: no name leads anywhere, nothing is unpacked further than it is
said to be long, and every byte is hashed before something is done with it. Nothing is unpacked by its name at all.
"""

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from pydantic import TypeAdapter, ValidationError

from core.errors import TelltaleError
from core.units import size
from db.models import now
from pipelines.keeping.cases.record import Sha256, bad
from pipelines.staging import LARGEST_JSON, LARGEST_PICTURE

FORMAT = 1
MANIFEST, CASE = "manifest.json", "case.json"
NAME = re.compile(r"case\.json|files/[0-9a-f]{64}\.json|(originals|pictures)/[0-9a-f]{64}")
MOST_MEMBERS = 150_000
MOST_LIST = 1 << 25  # bytes that name all members, zip's own list or the manifest: each is held in memory
MOST_WORDS = 1 << 29  # bytes of JSON, which are held in memory
CHUNK = 1 << 20
ENTRY = b"PK\1\2"  # begins each entry of zip's list
PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, ValueError, OverflowError
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One file in the archive."""

    path: str
    sha256: Sha256
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """All that is in the archive but itself."""

    format: int
    version: str  # of Telltale
    written_at: datetime
    members: tuple[Member, ...]


def file_record(sha256: str) -> str:
    """Where the archive says what is known of a file."""
    return f"files/{sha256}.json"


def original(sha256: str) -> str:
    """Where a file itself lies."""
    return f"originals/{sha256}"


def picture(sha256: str) -> str:
    """Where a picture lies."""
    return f"pictures/{sha256}"


class Writer:
    """An archive that is being written: add members, then `close`."""

    def __init__(self, target: Path) -> None:
        self._zip = ZipFile(target, "w", ZIP_STORED, allowZip64=True)
        self._members: dict[str, Member] = {}

    def add(self, path: str, content: bytes) -> str:
        """A text of ours; gives its SHA-256. What is there already is not written again."""
        sha256 = hashlib.sha256(content).hexdigest()
        if path not in self._members:
            self._zip.writestr(path, content, ZIP_DEFLATED if path.endswith(".json") else ZIP_STORED)
            self._members[path] = Member(path, sha256, len(content))
        return sha256

    def copy(self, path: str, source: Path) -> str:
        """A file, a piece at a time; gives the SHA-256 of what was copied."""
        digest, count = hashlib.sha256(), 0
        with source.open("rb") as reading, self._zip.open(path, "w", force_zip64=True) as writing:
            while chunk := reading.read(CHUNK):
                digest.update(chunk)
                writing.write(chunk)
                count += len(chunk)
        self._members[path] = Member(path, digest.hexdigest(), count)
        return digest.hexdigest()

    def close(self) -> None:
        """Write the manifest.

        Raises:
            TelltaleError: `too_many`, where no desk would take it in.
        """
        if len(self._members) >= MOST_MEMBERS:
            said = f"No archive was written: it would hold over {MOST_MEMBERS:,} files and pictures. Divide the case."
            raise TelltaleError("too_many", said)
        manifest = Manifest(FORMAT, version("telltale"), now(), tuple(self._members.values()))
        self._zip.writestr(MANIFEST, TypeAdapter(Manifest).dump_json(manifest), ZIP_DEFLATED)
        self._zip.close()


class Reader:
    """An archive whose manifest and members go together; what they hold is hashed when it is read."""

    def __init__(self, packed: ZipFile, largest_original: int) -> None:
        self._zip = packed
        self.manifest = _manifest(packed)
        self._members = {one.path: one for one in self.manifest.members}
        self._check(largest_original)

    def read(self, path: str) -> bytes:
        """The whole of a member that is not an original.

        Raises:
            TelltaleError: `bad_archive`, also where there is none of this name.
        """
        return b"".join(self.chunks(path))

    def chunks(self, path: str) -> Iterator[bytes]:
        """A member, a piece at a time; that its hash is wrong is only known, and raised, at its end.

        Raises:
            TelltaleError: `bad_archive`.
        """
        member = self._members.get(path)
        if member is None:
            raise bad(f"{path} is missing")
        digest, left = hashlib.sha256(), member.bytes
        with _sentences(), self._zip.open(path) as content:
            while chunk := content.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise bad(f"{path} is longer than the manifest says")
                digest.update(chunk)
                yield chunk
        if left or digest.hexdigest() != member.sha256:
            raise bad(f"{path} is not what the manifest says")

    def sha256_of(self, path: str) -> str | None:
        """The hash that a member must have; None where there is none."""
        member = self._members.get(path)
        return member.sha256 if member else None

    def paths(self) -> set[str]:
        """All members but the manifest."""
        return set(self._members)

    def bytes_of(self, paths: Iterable[str]) -> int:
        """How long these members are together."""
        return sum(self._members[path].bytes for path in paths if path in self._members)

    def _check(self, largest_original: int) -> None:
        if self.manifest.format != FORMAT:
            raise TelltaleError(
                "other_version",
                f"Nothing was taken in: this archive was made by Telltale {self.manifest.version[:40]}, in a form that "
                "this version does not know. Take it in with that version or a later one.",
            )
        names = self._zip.namelist()
        if len(names) != len(set(names)) or len(self._members) != len(self.manifest.members):
            raise bad("a file stands in it twice")
        if set(names) != self.paths() | {MANIFEST}:
            raise bad("it does not hold the files that its manifest names")
        largest = {"originals": largest_original, "pictures": LARGEST_PICTURE}
        for one in self._members.values():
            folder, _, name = one.path.rpartition("/")
            if not NAME.fullmatch(one.path) or (folder in largest and name != one.sha256):
                raise bad("a file in it has a name that no desk gives")
            if not 0 <= one.bytes <= (most := largest.get(folder, LARGEST_JSON)):
                raise bad(f"{one.path} unpacks to more than {size(most)}, the most that this desk takes")
        if self.bytes_of(path for path in self._members if path.endswith(".json")) > MOST_WORDS:
            raise bad(f"what it says is longer than {size(MOST_WORDS)}")


@contextmanager
def opened(file: BinaryIO, largest_original: int) -> Iterator[Reader]:
    """An archive for reading.

    Raises:
        TelltaleError: `bad_archive`, `other_version`.
    """
    with _sentences():
        packed = ZipFile(cast("BinaryIO", _Sparing(file)))
    with packed:
        yield Reader(packed, largest_original)


class _Sparing:
    """A file that gives only so much at once: zipfile reads its list of members whole, however long that is said to be,
    and makes an object of each, before anybody can count them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, count: int = -1) -> bytes:
        """As a file does."""
        if count > MOST_LIST + 1:  # by one byte more it is seen that a list is too long
            raise bad("it holds too many files")
        found = self._file.read(count)
        if count > CHUNK and found.count(ENTRY) > MOST_MEMBERS:  # so much is only read at once of the list
            raise bad("it holds too many files")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _manifest(packed: ZipFile) -> Manifest:
    with _sentences():
        if len(packed.infolist()) > MOST_MEMBERS:
            raise bad("it holds too many files")
        if any(one.compress_type not in PACKINGS for one in packed.infolist()):
            raise bad("it is packed in a way that no desk uses")
        if MANIFEST not in packed.namelist():
            raise bad("it has no manifest, so it is no case of a desk")
        with packed.open(MANIFEST) as content:
            found = content.read(MOST_LIST + 1)
    if len(found) > MOST_LIST:
        raise bad("its manifest is too long")
    try:
        return TypeAdapter(Manifest).validate_json(found)
    except ValidationError as error:
        raise bad("its manifest can't be read") from error


@contextmanager
def _sentences() -> Iterator[None]:
    """What zipfile raises for an archive that is broken, or made to break it, as a sentence."""
    try:
        yield
    except BROKEN as error:
        raise bad(f"the archive is damaged or cut off ({type(error).__name__})") from error
