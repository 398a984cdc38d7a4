"""What comes in by itself, and from where it may be fetched, as tables."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models import Base, now
from db.models_people import User


class WatchedFile(Base):
    """A file that was seen in the watched folder, with the bytes it has now. Changed, it counts as new."""

    __tablename__ = "watched_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of its path below the folder: names can be bytes that are no text, and what was deleted leaves no name here.
    path_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    changed_ns: Mapped[int] = mapped_column(
        BigInteger
    )  # when it was last written to, as its file system says
    since: Mapped[datetime]  # it has been like this
    tries: Mapped[int] = mapped_column(default=0)
    held_by: Mapped[str | None]  # the worker that has it in hand
    not_before: Mapped[datetime | None]  # after a try that failed
    ended_at: Mapped[datetime | None] = mapped_column(
        index=True
    )  # taken in or refused: nobody looks at it again


class SiteChoice(Base):
    """The sites that an admin chose instead of those of the setting: one row, or none."""

    __tablename__ = "site_choice"

    id: Mapped[int] = mapped_column(primary_key=True)  # always 1
    hosts: Mapped[str] = mapped_column(Text)  # with a space between two; empty: links are off
    chosen_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    chosen_at: Mapped[datetime] = mapped_column(default=now)

    chosen_by: Mapped[User] = relationship()
