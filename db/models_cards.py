"""The cards that weights had before, as a table."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, now


class FormerCard(Base):
    """A card that weights had until they came with another: what was found by then is read by it."""

    __tablename__ = "former_card"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
    card: Mapped[str] = mapped_column(Text)  # its JSON
    until: Mapped[datetime] = mapped_column(default=now)
