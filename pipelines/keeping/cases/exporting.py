"""A whole case into one file: its originals, what was found in them, what was said, and what was done."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.hashing import hashed
from core.settings import Settings
from db import analyses, audit, case_file, fingerprints, media
from db.analyses import Picture, StoredAnalysis
from db.audit import Event
from db.case_file import CaseFile
from db.rights import User, require
from db.session import session
from pipelines import originals, storage
from pipelines.keeping.cases.archive import CASE, Writer, file_record, original, picture
from pipelines.keeping.cases.record import (
    Analysed,
    CaseRecord,
    Comment,
    Desk,
    Exhibit,
    FileRecord,
    Pictured,
    SaidOfFile,
    dumped,
)
from pipelines.reports import gather
from pipelines.staging import Place

MOST_ENTRIES = 100_000  # of the log about one file


@dataclass(frozen=True)
class Exported:
    """A finished archive. `record` is the hash of what it says of the case, and stands for all that is in it."""

    path: Path
    sha256: str
    record: str
    files: int
    bytes: int


def export_case(config: Settings, actor: User, case_id: int, target: Path) -> Exported:
    """Write a case into a new file, whole or not at all, and note it in the log.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `no_case`, `exists`, `too_many`, `not_stored`, `original_missing`, `original_altered`,
            `picture_altered`.
    """
    require(actor, "exchange_cases")
    if target.exists():
        raise TelltaleError("exists", f"{target} is there already. Give the archive another name.")
    part = target.with_name(f"{target.name}.part")
    try:
        part.touch(mode=0o600)  # as secret as the case
        record, files = _write(config, case_id, part)
        exported = Exported(target, hashed(part), record, files, part.stat().st_size)
        part.rename(target)
    except OSError as error:
        why = f"The archive could not be written: {error.strerror or error}. Is there room on the disk?"
        raise TelltaleError("not_stored", why) from error
    finally:
        part.unlink(missing_ok=True)
    with session(config) as opened:
        told = {"record": record, "archive": exported.sha256, "files": files, "bytes": exported.bytes}
        audit.record(opened, actor, "case.exported", f"case:{case_id}", **told)
    return exported


def this_desk(opened: Session, config: Settings) -> Desk:
    """How this desk names itself to others."""
    return Desk(audit.first(opened), config.outlet_name)


def _write(config: Settings, case_id: int, part: Path) -> tuple[str, int]:
    """Gives the hash of the case's record, and how many files there are."""
    writer = Writer(part)
    with session(config) as opened:
        case = case_file.get(opened, case_id)
        if case is None:
            raise TelltaleError("no_case", "There is no such case on this desk.")
        exhibits, pictures = [], []
        for one in case.exhibits:
            stored = _stored(opened, one.media_id)
            written = writer.add(file_record(one.sha256), dumped(_file(opened, one.media_id, stored)))
            exhibits.append(Exhibit(one.sha256, written, one.added_at, one.analysis_id))
            pictures += [kept for analysis in stored for kept in analysis.pictures]
        sha256 = writer.add(CASE, dumped(_case(opened, config, case, tuple(exhibits))))
    for exhibit in exhibits:  # bytes last: the database is free for others meanwhile
        _copy_original(config, writer, exhibit.sha256)
    for kept in pictures:
        _copy_picture(config, writer, kept)
    writer.close()
    return sha256, len(exhibits)


def _stored(opened: Session, media_id: int) -> list[StoredAnalysis]:
    return [
        found for number in analyses.of_media(opened, media_id) if (found := analyses.get(opened, number))
    ]


def _copy_original(config: Settings, writer: Writer, sha256: str) -> None:
    if writer.copy(original(sha256), originals.verify(config, sha256)) != sha256:
        raise TelltaleError(
            "original_altered", "An original was changed while it was copied. Export the case again."
        )


def _copy_picture(config: Settings, writer: Writer, kept: Picture) -> None:
    path = storage.here(config, config.home / kept.path)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        raise TelltaleError(
            "picture_altered",
            f"{kept.path} is gone or was changed. Bring it back from a backup, or analyse it anew.",
        )
    writer.add(picture(kept.sha256), content)


def _case(opened: Session, config: Settings, case: CaseFile, exhibits: tuple[Exhibit, ...]) -> CaseRecord:
    return CaseRecord(
        desk=this_desk(opened, config),
        number=case.id,
        request=gather.request_of(case),
        comments=tuple(Comment(gather.who(one.user), one.at, one.text) for one in case.comments),
        exhibits=exhibits,
        custody=_oldest_first(audit.events(opened, f"case:{case.id}", limit=MOST_ENTRIES)),
        head=audit.head(opened),
        entries=audit.count(opened),
    )


def _file(opened: Session, media_id: int, stored: Sequence[StoredAnalysis]) -> FileRecord:
    info = media.get(opened, media_id)
    assert info is not None, "a case can't outlive its files"
    prints = fingerprints.of_media(opened, [media_id]).get(media_id)
    times, hashes = prints.to_bytes() if prints else (b"", b"")
    said = SaidOfFile(
        received=gather.received_of(opened, media_id, info.sha256),
        verdicts=gather.verdicts_of(opened, media_id),
        first_looks=gather.first_looks_of(opened, media_id),
        notes={one.id: gather.notes_of(opened, one.id) for one in stored},
        custody=_oldest_first(audit.of_media(opened, media_id, MOST_ENTRIES)),
    )
    found = tuple(_analysed(one) for one in stored)
    return FileRecord(info, found, said, (times.hex(), hashes.hex()) if prints else None)


def _analysed(stored: StoredAnalysis) -> Analysed:
    pictures = tuple(_pictured(one) for one in stored.pictures)
    return Analysed(stored.id, stored.created_at, stored.settings_hash, stored.evidence, pictures)


def _pictured(one: Picture) -> Pictured:
    place = Place(one.track, one.index, one.time, one.frame_scale, one.to_frame, one.variants)
    return Pictured(one.kind, one.sha256, place)


def _oldest_first(events: list[Event]) -> tuple[Event, ...]:
    return tuple(reversed(events))
