"""Files that the desk holds, and the names they came under."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.evidence import MediaInfo
from db.models import Media, MediaName, Origin
from db.session import begin_writing


@dataclass(frozen=True)
class Came:
    """How a file came to the desk."""

    at: datetime
    origin: Origin


def add(session: Session, info: MediaInfo, origin: Origin = "desk") -> int:
    """Keep a file under its hash and its name beside it. Gives the media id: a known file keeps its own."""
    media_id = _id_of(session, info.sha256) or _add_unless_there(session, _new(info, origin))
    if media_id is None:  # another upload of the same bytes was quicker
        media_id = _id_of(session, info.sha256)
    assert media_id is not None
    named = select(MediaName.id).where(MediaName.media_id == media_id, MediaName.name == info.name)
    if session.scalar(named) is None:
        _add_unless_there(session, MediaName(media_id=media_id, name=info.name))
    return media_id


def lock(session: Session, *media_ids: int) -> None:
    """Until the transaction ends nobody else locks or deletes these files.

    Always before the log is taken (`audit.be_alone`), as everybody does: so two can't wait for each other.
    """
    begin_writing(session)
    session.execute(select(Media.id).where(Media.id.in_(media_ids)).order_by(Media.id).with_for_update())


def _id_of(session: Session, sha256: str) -> int | None:
    return session.scalar(select(Media.id).where(Media.sha256 == sha256))


def _add_unless_there(session: Session, row: Media | MediaName) -> int | None:
    """The id of the new row; None where a unique key says that somebody else has just added it."""
    try:
        with session.begin_nested():
            session.add(row)
        return row.id
    except IntegrityError:
        return None


def _new(info: MediaInfo, origin: Origin) -> Media:
    return Media(
        sha256=info.sha256,
        kind=info.kind,
        bytes=info.bytes,
        container=info.container,
        codec=info.codec,
        width=info.width,
        height=info.height,
        duration=info.duration,
        fps=info.fps,
        rotation=info.rotation,
        has_audio=info.has_audio,
        tags=dict(info.tags),
        origin=origin,
    )


def get(session: Session, media_id: int, name: str | None = None) -> MediaInfo | None:
    """What a file is, under the given name or the first one it came with; None for an unknown id."""
    media = session.get(Media, media_id)
    return None if media is None else info(media, name)


def by_sha256(session: Session, sha256: str, name: str | None = None) -> MediaInfo | None:
    """What the file with this hash is; None where the desk has never held it."""
    media = session.scalar(select(Media).where(Media.sha256 == sha256))
    return None if media is None else info(media, name)


def id_of(session: Session, sha256: str) -> int | None:
    """The id of the file with this hash; None where the desk has never held it."""
    return session.scalar(select(Media.id).where(Media.sha256 == sha256))


def names(session: Session, sha256: str) -> Sequence[str]:
    """Every name a file came under, oldest first."""
    query = select(MediaName.name).join(Media).where(Media.sha256 == sha256).order_by(MediaName.id)
    return session.scalars(query).all()


def came(session: Session, media_id: int) -> Came:
    """When a file first came to the desk, and from where.

    Raises:
        sqlalchemy.exc.NoResultFound: the desk holds no such file.
    """
    media = session.get_one(Media, media_id)
    return Came(media.added_at, media.origin)


def is_empty(session: Session) -> bool:
    """Whether the desk has never held a file."""
    return session.scalar(select(Media.id).limit(1)) is None


def info(media: Media, name: str | None = None) -> MediaInfo:
    """The plain record of a row."""
    return MediaInfo(
        sha256=media.sha256,
        name=media.names[0].name if name is None else name,
        kind=media.kind,
        bytes=media.bytes,
        container=media.container,
        codec=media.codec,
        width=media.width,
        height=media.height,
        duration=media.duration,
        fps=media.fps,
        rotation=media.rotation,
        has_audio=media.has_audio,
        tags=dict(media.tags),
    )
