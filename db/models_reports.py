"""Reports that were issued, as a table."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models import Base, now
from db.models_people import User

ReportFormat = Literal["pdf", "csv", "json"]


class Report(Base):
    """One file that left the desk: what it says by its hash, what it is by its hash, what it rests on by theirs."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(
        String(40), unique=True
    )  # "TT-20261124-7F3A9C1B", printed in the file
    subject: Mapped[str]  # "analysis:12", "case:4"
    title: Mapped[str]
    format: Mapped[ReportFormat]
    dossier_sha256: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    exhibits: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # `db.reports.Rest` each
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    issued_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]  # its file went with a file that it showed; what is known of it stays

    issued_by: Mapped[User] = relationship()
