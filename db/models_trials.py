"""What versions of the detector say when they are only tried: tables that no page of evidence and no report reads."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.evidence import Band
from db.models import Base, now

OutcomeState = Literal["waiting", "done", "failed", "dropped"]


class Trial(Base):
    """Somebody asked what would change if a version judged files that are on the desk."""

    __tablename__ = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    about: Mapped[str] = mapped_column(Text)  # which files, in words
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class TrialOutcome(Base):
    """What a version says of one file, beside the analysis that was in force when it was asked.

    Without a trial it is a shadow's: a candidate that looks at a share of what comes in, once for each file.
    """

    __tablename__ = "trial_outcome"
    __table_args__ = (
        Index("ix_trial_outcome_trial_id", "trial_id", "id"),
        Index(
            "uq_trial_outcome_shadow", "version_id", "media_id", unique=True,
            sqlite_where=text("trial_id IS NULL"), postgresql_where=text("trial_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int | None] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("analysis.id", ondelete="CASCADE"), index=True)
    samples_per_second: Mapped[float | None]  # as closely as that analysis looked; None: as the desk does
    state: Mapped[OutcomeState] = mapped_column(default="waiting")
    starts: Mapped[int] = mapped_column(default=0)
    band: Mapped[Band | None]
    score: Mapped[float | None]
    raw_score: Mapped[float | None]
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
