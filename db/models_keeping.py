"""What keeping a desk needs, as tables: what may not be deleted, which files must still go, what another desk gave."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models import Base, now
from db.models_people import User

STANDS = text("lifted_at IS NULL")


class LegalHold(Base):
    """Nothing of this case, or this file, may be deleted until the hold is lifted. A lifted one stays readable."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (media_id IS NULL)", name="one"),
        Index("uq_legal_hold_case", "case_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        Index("uq_legal_hold_media", "media_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    reason: Mapped[str] = mapped_column(Text)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    set_at: Mapped[datetime] = mapped_column(default=now)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("desk_user.id"))
    lifted_at: Mapped[datetime | None]

    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])


class PendingRemoval(Base):
    """A file whose rows are deleted, and which is not yet gone from the disk."""

    __tablename__ = "pending_removal"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # of the original that it belongs to
    subject: Mapped[str]  # "media:3": whose deletion this completes
    path: Mapped[str]  # relative to home
    at: Mapped[datetime] = mapped_column(default=now)


class CaseImport(Base):
    """A case that another desk handed on: what was said there, as it was said. Nobody here said it."""

    __tablename__ = "case_import"
    __table_args__ = (
        UniqueConstraint("case_id", "sha256", name="uq_case_import_case_id_sha256"),
        Index("ix_case_import_desk", "desk", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    desk: Mapped[str] = mapped_column(String(64))  # the hash of the first entry of that desk's log
    desk_name: Mapped[str]
    number: Mapped[int]  # of the case on that desk
    sha256: Mapped[str] = mapped_column(String(64))  # of its record in the archive, which stands for all of it
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    imported_at: Mapped[datetime] = mapped_column(default=now)

    imported_by: Mapped[User] = relationship()


class FileImport(Base):
    """What was said of one file of such a case."""

    __tablename__ = "file_import"
    __table_args__ = (UniqueConstraint("import_id", "media_id", name="uq_file_import_import_id_media_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("case_import.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), index=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
