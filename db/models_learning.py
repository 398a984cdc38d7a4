"""The nouns of learning, as tables: what may be learned from, and what was."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.evidence import Band
from db.models import Base, now
from db.models_people import User

DataOrigin = Literal["desk", "import", "generator"]
RunState = Literal["queued", "running", "done", "failed", "stopped"]
RunCause = Literal["schedule", "person"]


class DataVersion(Base):
    """A fixed list of labelled files. The list lies in `home/training/manifests` under its SHA-256."""

    __tablename__ = "data_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)  # of the manifest
    origin: Mapped[DataOrigin] = mapped_column(index=True)
    name: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)  # files by split, label, kind and source
    left_out: Mapped[list[dict[str, str]]] = mapped_column(JSON)  # sha256, name, code, why
    parents: Mapped[list[str]]  # SHA-256 of the versions that it was made of
    gone: Mapped[list[str]] = mapped_column(default=list)  # SHA-256 of its files that were deleted since
    made_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    made_by: Mapped[User] = relationship()


class LearningExclusion(Base):
    """A file, or all files of a case, that no detector may learn from."""

    __tablename__ = "learning_exclusion"
    __table_args__ = (CheckConstraint("(media_id IS NULL) <> (case_id IS NULL)", name="one_subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), unique=True)
    reason: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)


class TrainingRun(Base):
    """One wish to learn anew, and how it went. Of those that wait or run there is never more than one."""

    __tablename__ = "training_run"
    __table_args__ = (
        Index("uq_training_run_active", "lane", unique=True,
              sqlite_where=text("state IN ('queued', 'running')"),
              postgresql_where=text("state IN ('queued', 'running')")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(default="desk")  # the same in every row: what the index is unique by
    state: Mapped[RunState] = mapped_column(default="queued")
    cause: Mapped[RunCause]
    dry_run: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[float]
    device: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    confirmed: Mapped[int]  # verdicts that counted when it was asked for: the next one waits for more
    stage: Mapped[str | None]
    percent: Mapped[float] = mapped_column(default=0.0)
    seconds_left: Mapped[float | None]
    stop_requested: Mapped[bool] = mapped_column(default=False)
    starts: Mapped[int] = mapped_column(default=0)  # more than one: it was cut off
    holder: Mapped[str | None]  # the process that works on it
    heartbeat_at: Mapped[datetime | None]
    data_version: Mapped[str | None] = mapped_column(String(64))
    champion_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    asked_by: Mapped[User] = relationship()


class ReferenceFault(Base):
    """A file of the reference set whose reading ended a night: again and again, it is set aside."""

    __tablename__ = "reference_fault"
    __table_args__ = (UniqueConstraint("manifest", "file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    manifest: Mapped[str]  # the name of the table that it stands in
    file: Mapped[str]  # as that table calls it
    sha256: Mapped[str] = mapped_column(String(64))
    nights: Mapped[int] = mapped_column(default=0)  # one after the other
    said: Mapped[str]  # why it could not be read last
    at: Mapped[datetime] = mapped_column(default=now)


class GateAnswer(Base):
    """What both detectors said about one file at the gate. A file of the desk takes it along when it is deleted.

    `name` is how the reference set or an import calls it; a file of the desk is called as the desk calls it by then.
    """

    __tablename__ = "gate_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"), index=True)
    part: Mapped[str]
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    label: Mapped[str]
    method: Mapped[str]
    champion_band: Mapped[Band | None]  # None: it could not be read
    champion_score: Mapped[float | None]  # None: there was nothing to judge
    candidate_band: Mapped[Band | None]
    candidate_score: Mapped[float | None]
