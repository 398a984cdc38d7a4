"""What the weekly watch found, as a table."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, now


class Drift(Base):
    """One look at whether a version's work has moved away from its first weeks."""

    __tablename__ = "drift"
    __table_args__ = (Index("ix_drift_version_id", "version_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    days: Mapped[int]  # up to `at`, that were held against the first weeks
    moved: Mapped[bool]  # any of them
    measures: Mapped[dict[str, Any]] = mapped_column(JSON)  # by name, a `core.judgement.drift.Moved` each
    at: Mapped[datetime] = mapped_column(default=now)
