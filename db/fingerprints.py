"""Fingerprints of files, and which files may be copies of each other: found by the pieces of hashes that they share."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.evidence import Band, MediaKind
from core.fingerprints import Fingerprint
from db.models import Analysis, FingerprintKey, FingerprintRecord, Media

AT_ONCE = 8000  # parameters of one statement; SQLite takes 32,766


@dataclass(frozen=True)
class Known:
    """A file that was met before, and its newest analysis where it has one."""

    media_id: int
    name: str
    kind: MediaKind
    duration: float | None
    added_at: datetime
    analysis_id: int | None
    band: Band | None


def keep(session: Session, media_id: int, prints: Fingerprint, keys: Collection[int]) -> None:
    """Keep the fingerprint of a file that has none yet, to be found by these keys."""
    if session.get(FingerprintRecord, media_id):
        return
    times, hashes = prints.to_bytes()
    session.add(FingerprintRecord(media_id=media_id, times=times, hashes=hashes))
    session.flush()
    if keys:
        session.execute(insert(FingerprintKey), [{"key": key, "media_id": media_id} for key in sorted(keys)])


def of_media(session: Session, media_ids: Sequence[int]) -> dict[int, Fingerprint]:
    """The fingerprints of these files; those that have none are left out."""
    query = select(FingerprintRecord).where(FingerprintRecord.media_id.in_(media_ids))
    return {row.media_id: Fingerprint.of_bytes(row.times, row.hashes) for row in session.scalars(query)}


def sharing(session: Session, keys: Iterable[int], but_not: int, limit: int) -> list[int]:
    """Files that share these keys, those that share most first."""
    shared: Counter[int] = Counter()
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(FingerprintKey.media_id, func.count())
            .where(FingerprintKey.key.in_(wanted[start : start + AT_ONCE]), FingerprintKey.media_id != but_not)
            .group_by(FingerprintKey.media_id)
            .order_by(func.count().desc())
            .limit(limit)
        )
        shared.update(dict(session.execute(query).all()))
    return [media_id for media_id, _ in shared.most_common(limit)]


def known(session: Session, media_ids: Sequence[int]) -> dict[int, Known]:
    """What these files are."""
    newest = (
        select(Analysis.media_id, func.max(Analysis.id).label("id"))
        .where(Analysis.media_id.in_(media_ids))
        .group_by(Analysis.media_id)
        .subquery()
    )
    query = (
        select(Media, Analysis.id, Analysis.band)
        .outerjoin(newest, newest.c.media_id == Media.id)
        .outerjoin(Analysis, Analysis.id == newest.c.id)
        .where(Media.id.in_(media_ids))
    )
    return {media.id: _known(media, number, band) for media, number, band in session.execute(query)}


def _known(media: Media, analysis_id: int | None, band: Band | None) -> Known:
    return Known(
        media.id, media.names[0].name, media.kind, media.duration, media.added_at, analysis_id, band
    )
