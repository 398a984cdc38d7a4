"""The nouns of the desk, as tables.

All times are UTC and aware. Scores are calibrated probabilities in 0–1, raw scores are logits, boxes are
pixels of the upright picture: as in `core.evidence`, whose records these tables keep.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from core.evidence import Band, MediaKind

Priority = Literal["urgent", "normal", "background"]
JobState = Literal["queued", "paused", "running", "done", "failed", "cancelled"]
ArtifactKind = Literal["crop", "heat", "frame"]
Origin = Literal["desk", "example", "link", "folder", "archive"]
ModelState = Literal["candidate", "champion", "retired", "refused"]
NUMBERED = {"sqlite_autoincrement": True}  # the log names these rows: an id that was given is never given again


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite forgets the zone, so it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone may not be stored: say datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Parent of all tables; constraints have fixed names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        dict[str, str]: JSON,
        dict[str, float]: JSON,
        list[float]: JSON,
        list[str]: JSON,
    }


class Media(Base):
    """One file, known by its hash. Its bytes lie in `home/originals`."""

    __tablename__ = "media"
    __table_args__ = (Index("ix_media_kind", "kind", "id"), NUMBERED)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[MediaKind]
    bytes: Mapped[int] = mapped_column(BigInteger)
    container: Mapped[str]
    codec: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    duration: Mapped[float | None]
    fps: Mapped[float | None]
    rotation: Mapped[int]
    has_audio: Mapped[bool]
    tags: Mapped[dict[str, str]]
    origin: Mapped[Origin] = mapped_column(default="desk")
    added_at: Mapped[datetime] = mapped_column(default=now)

    names: Mapped[list["MediaName"]] = relationship(back_populates="media", order_by="MediaName.id")


class MediaName(Base):
    """A name under which a file was given to the desk. One file may have come under several."""

    __tablename__ = "media_name"
    __table_args__ = (UniqueConstraint("media_id", "name", name="uq_media_name_media_id_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    name: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(default=now)

    media: Mapped[Media] = relationship(back_populates="names")


class ModelVersion(Base):
    """Weights that this desk knows, one of them in service: the champion.

    Weights that spoke before there was a registry, or on a desk whose results were brought here, have no card and no
    folder: they can be named, and never serve.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        Index(
            "uq_model_version_champion", "state", unique=True,
            sqlite_where=text("state = 'champion'"), postgresql_where=text("state = 'champion'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    graph_sha256: Mapped[str | None] = mapped_column(String(64))
    folder: Mapped[str | None]  # under `home/models`
    card: Mapped[str | None] = mapped_column(Text)  # the JSON of `core.detectors.card.Card`
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))  # what it was trained on from
    data_version: Mapped[str | None]  # what it learned; None: the project's own data, named in its card
    state: Mapped[ModelState] = mapped_column(default="retired")
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))  # whom it replaced
    promoted_by_id: Mapped[int | None] = mapped_column(ForeignKey("desk_user.id"))
    promoted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Job(Base):
    """One wish to have a file analysed, and how it went. A refused file has a failed job and no media."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_id", "state", "id"), NUMBERED)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    analysis_id: Mapped[int | None] = mapped_column(
        ForeignKey("analysis.id", ondelete="SET NULL"), index=True
    )
    model_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))  # from its first start on
    name: Mapped[str]  # as given with this wish
    priority: Mapped[Priority] = mapped_column(default="normal")
    samples_per_second: Mapped[float | None]  # frames to look at; None: as many as the desk's settings say
    state: Mapped[JobState] = mapped_column(default="queued")
    stage: Mapped[str | None]
    percent: Mapped[float] = mapped_column(default=0.0)
    frames_done: Mapped[int] = mapped_column(default=0)
    frames_total: Mapped[int | None]
    seconds_left: Mapped[float | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=1)
    starts: Mapped[int] = mapped_column(default=0)  # of this attempt; more than one: a worker died in the middle
    workflow_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    queued_at: Mapped[datetime | None] = mapped_column(default=now)  # last: it is taken up in this order
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]

    media: Mapped[Media | None] = relationship()
    analysis: Mapped["Analysis | None"] = relationship()


class Analysis(Base):
    """What one set of weights said about one file, looked at in one way. Stored once."""

    __tablename__ = "analysis"
    __table_args__ = (
        UniqueConstraint(
            "media_id", "model_id", "settings_hash", name="uq_analysis_media_id_model_id_settings_hash"
        ),
        Index("ix_analysis_created_at", "created_at", "id"),
        Index("ix_analysis_band", "band", "created_at"),
        Index("ix_analysis_name_folded", "name_folded", "id"),
        Index("ix_analysis_score", text("coalesce(score, -1.0)"), "id"),
        NUMBERED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
    settings_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]  # of the file when it was analysed
    name_folded: Mapped[str]
    band: Mapped[Band]
    score: Mapped[float | None]
    raw_score: Mapped[float | None]
    shots: Mapped[list[float]]
    frames_sampled: Mapped[int]
    samples_per_second: Mapped[float | None]  # asked for; None for a picture, and before this was kept
    device: Mapped[str | None]  # that scored; None before this was kept
    decode_s: Mapped[float]
    faces_s: Mapped[float]
    score_s: Mapped[float]
    explain_s: Mapped[float]
    total_s: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(default=now)

    media: Mapped[Media] = relationship()
    model: Mapped[ModelVersion] = relationship()
    tracks: Mapped[list["Track"]] = relationship(order_by="Track.position", cascade="all, delete-orphan")
    findings: Mapped[list["Finding"]] = relationship(
        order_by="Finding.position", cascade="all, delete-orphan"
    )
    artifacts: Mapped[list["Artifact"]] = relationship(order_by="Artifact.id", cascade="all, delete-orphan")


class Track(Base):
    """One person within one shot."""

    __tablename__ = "track"
    __table_args__ = (UniqueConstraint("analysis_id", "label", name="uq_track_analysis_id_label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("analysis.id", ondelete="CASCADE"))
    position: Mapped[int]  # order of appearance; labels sort wrongly after Z
    label: Mapped[str]  # A, B, C …
    start: Mapped[float]
    end: Mapped[float]
    band: Mapped[Band]
    score: Mapped[float | None]
    raw_score: Mapped[float | None]
    raw_low: Mapped[float | None]  # under the change (re-encoding, scaling, mirroring) that lowers it most
    raw_high: Mapped[float | None]  # … that raises it most


class FrameScore(Base):
    """One face in one frame. The key is the order in which review reads them."""

    __tablename__ = "frame_score"
    __table_args__: Any = {"sqlite_with_rowid": False}

    track_id: Mapped[int] = mapped_column(ForeignKey("track.id", ondelete="CASCADE"), primary_key=True)
    frame_index: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[float]
    x: Mapped[float]
    y: Mapped[float]
    width: Mapped[float]
    height: Mapped[float]
    score: Mapped[float | None]
    raw_score: Mapped[float | None]
    face_px: Mapped[float]
    sharpness: Mapped[float]
    brightness: Mapped[float]
    contrast: Mapped[float]
    yaw: Mapped[float]
    pitch: Mapped[float]
    poor: Mapped[list[str]]


class Finding(Base):
    """One thing worth saying about a clip."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("analysis.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    code: Mapped[str]
    text: Mapped[str]
    track: Mapped[str | None]
    start: Mapped[float | None]
    end: Mapped[float | None]


class Artifact(Base):
    """A picture that an analysis left: a file under `home`, with its hash."""

    __tablename__ = "artifact"
    __table_args__ = (
        UniqueConstraint("analysis_id", "track", "frame_index", "kind", name="uq_artifact_analysis_id_place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("analysis.id", ondelete="CASCADE"))
    kind: Mapped[ArtifactKind]
    track: Mapped[str]
    frame_index: Mapped[int]
    time: Mapped[float]
    path: Mapped[str]  # relative to home, with forward slashes
    sha256: Mapped[str] = mapped_column(String(64))
    frame_scale: Mapped[float]  # of the frame picture: its pixels per pixel of the upright frame
    to_frame: Mapped[list[float]]  # 2 × 3, row by row, from crop pixels to pixels of the upright frame
    variants: Mapped[dict[str, float]] = mapped_column(default=dict)  # the score after "jpeg", "small" and "flip"


class SearchText(Base):
    """All that is known of a file in words, folded, for `db.search` alone to write. Indexed by trigrams."""

    __tablename__ = "search_text"

    media_id: Mapped[int] = mapped_column(
        ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    folded: Mapped[str]


class SearchStale(Base):
    """A note, made by triggers, that the search text of a file is out of date."""

    __tablename__ = "search_stale"

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int]  # not a foreign key: the file may be gone


class ProvenanceRecord(Base):
    """What a file says about its own making: a `core.provenance.Provenance`, read once for each file."""

    __tablename__ = "provenance"

    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(default=now)


class FingerprintRecord(Base):
    """The hashes of a file's key frames: a `core.fingerprints.Fingerprint`, taken once for each file."""

    __tablename__ = "fingerprint"

    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    times: Mapped[bytes]
    hashes: Mapped[bytes]


class FingerprintKey(Base):
    """A piece of some hash of a file. Files that share many pieces may be copies of each other."""

    __tablename__ = "fingerprint_key"
    __table_args__: Any = {"sqlite_with_rowid": False}

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    media_id: Mapped[int] = mapped_column(
        ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )  # by itself, too: else deleting one file reads the keys of all


class Capture(Base):
    """A page that a file was taken from: its address and title as they were then."""

    __tablename__ = "capture"

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    address: Mapped[str]
    title: Mapped[str]
    uploader: Mapped[str] = mapped_column(default="", server_default="")  # as the page names her
    captured_at: Mapped[datetime] = mapped_column(default=now)


class Worker(Base):
    """A process that analyses, and when it was last heard of."""

    __tablename__ = "worker"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    pid: Mapped[int]
    host: Mapped[str]
    version: Mapped[str] = mapped_column(server_default="")  # of its code, with its fingerprint
    takes: Mapped[str] = mapped_column(server_default="")  # the queues that it works for, apart by spaces
    why_idle: Mapped[str | None]  # why it takes nothing, as a sentence
    watches: Mapped[str | None]  # the folder that it takes new files from
    watch_says: Mapped[str | None]  # what people should know about that folder, as sentences
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]  # by the database's clock, which all workers share


class DeskVersion(Base):
    """At most one row: the version and fingerprint of the code that the desk was started with last."""

    __tablename__ = "desk_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
