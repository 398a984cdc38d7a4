"""What an archive says of a case and of each of its files, as plain records, and how they become JSON and come back.

Who said something is a name and no account: the other desk's people are nobody here. Entries of the log keep their
numbers, their seals and the seal of the entry before, so the desk that wrote them can find them again.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import pydantic_core
from pydantic import StringConstraints, TypeAdapter, ValidationError

from core.errors import TelltaleError
from core.evidence import Evidence, MediaInfo
from db.audit import Event, is_sealed
from pipelines.reports.dossier import FirstLook, Note, Received, Request, Verdict, Who
from pipelines.staging import Kind, Place

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]  # it becomes a path
Settings256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{64}$")]  # a part of a path
YEARS = range(1970, 2200)
LARGEST_NUMBER = 2**53  # what JSON's readers agree on


@dataclass(frozen=True)
class Desk:
    """A desk: `id` is the hash of the first entry of its log, `name` what its reports are given in."""

    id: Sha256
    name: str


@dataclass(frozen=True)
class Comment:
    """One turn of the discussion."""

    by: Who
    at: datetime
    text: str


@dataclass(frozen=True)
class Exhibit:
    """A file of the case, in its order. `record` is the hash of what the archive says of it."""

    sha256: Sha256
    record: Sha256
    added_at: datetime
    counts: int | None  # id of the analysis that counts on that desk


@dataclass(frozen=True)
class CaseRecord:
    """`request` is what was asked and answered. `head` and `entries` are of the whole log when this was written."""

    desk: Desk
    number: int
    request: Request
    comments: tuple[Comment, ...]
    exhibits: tuple[Exhibit, ...]
    custody: tuple[Event, ...]  # of the case itself, oldest first
    head: Sha256
    entries: int


@dataclass(frozen=True)
class Pictured:
    """A picture that an analysis left."""

    kind: Kind
    sha256: Sha256
    place: Place


@dataclass(frozen=True)
class Analysed:
    """One analysis. `id` is its number on that desk, by which the others of this file speak of it."""

    id: int
    at: datetime
    settings_hash: Settings256
    evidence: Evidence
    pictures: tuple[Pictured, ...]


@dataclass(frozen=True)
class SaidOfFile:
    """What people said of a file and what was done with it there. `notes` are by the id of their analysis."""

    received: Received
    verdicts: tuple[Verdict, ...]  # newest first
    first_looks: tuple[FirstLook, ...]
    notes: dict[int, tuple[Note, ...]]
    custody: tuple[Event, ...]  # oldest first


@dataclass(frozen=True)
class FileRecord:
    """A file with all that is known of it. `fingerprint` is times and hashes in hexadecimal digits."""

    media: MediaInfo
    analyses: tuple[Analysed, ...]  # oldest first
    said: SaidOfFile
    fingerprint: tuple[str, str] | None


Kept = TypeVar("Kept", CaseRecord, SaidOfFile)
Told = TypeVar("Told", CaseRecord, FileRecord)


def dumped(record: CaseRecord | FileRecord) -> bytes:
    """As JSON."""
    return TypeAdapter(type(record)).dump_json(record)


def plain(record: CaseRecord | SaidOfFile) -> dict[str, Any]:
    """In JSON's own types, to be kept."""
    found: dict[str, Any] = TypeAdapter(type(record)).dump_python(record, mode="json")
    return found


def kept(shape: type[Kept], record: dict[str, Any]) -> Kept:
    """What `plain` made."""
    return TypeAdapter(shape).validate_python(record)


def parsed(shape: type[Told], content: bytes) -> Told:
    """What `dumped` made, or what a stranger wrote instead: shapes, times, numbers and seals are looked at.

    Raises:
        TelltaleError: `bad_archive`.
    """
    try:
        raw = pydantic_core.from_json(content, allow_inf_nan=False)
        record = TypeAdapter(shape).validate_python(raw)
    except (ValidationError, ValueError) as error:
        count = error.error_count() if isinstance(error, ValidationError) else 1
        raise bad(f"what it says has another shape ({count} faults)") from error
    if not all(_fits(one) for one in _leaves(TypeAdapter(shape).dump_python(record))):
        raise bad("a number, a time or a letter in it can't be kept")
    custody = record.custody if isinstance(record, CaseRecord) else record.said.custody
    if not all(is_sealed(one) for one in custody):
        raise bad("an entry of the log in it is not what was sealed")
    return record


def bad(why: str) -> TelltaleError:
    """The refusal of an archive as a whole."""
    return TelltaleError(
        "bad_archive", f"Nothing was taken in: {why}. Ask the desk that made this archive for another one."
    )


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _leaves(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _fits(value: Any) -> bool:
    """Whether both databases can hold it, and pages can show it."""
    if isinstance(value, datetime):
        return value.tzinfo is not None and value.year in YEARS
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < LARGEST_NUMBER
    return not isinstance(value, str) or "\0" not in value
