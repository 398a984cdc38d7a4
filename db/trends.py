"""How many, which bands, and how often machine and people agree: month by month, of what a filter keeps."""

from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from core.evidence import Band
from db import agreement, history
from db.agreement import Agreement
from db.history import Filter
from db.models import Analysis
from db.models_people import Verdict


@dataclass(frozen=True)
class Month:
    """What was analysed in one month, UTC: how many by band; of those with a verdict, how many by agreement."""

    begins: date
    bands: dict[Band, int]
    agreement: dict[Agreement, int]

    @property
    def total(self) -> int:
        """Analyses of the month."""
        return sum(self.bands.values())

    @property
    def agreeing(self) -> float | None:
        """Share of agreement where both decide; None where they never do."""
        decided = self.agreement["agree"] + self.agreement["differ"]
        return self.agreement["agree"] / decided if decided else None


def by_month(session: Session, wanted: Filter) -> list[Month]:
    """Every month from the first with an analysis to the last; one without any is left out."""
    keys = (_month(session).label("month"), Analysis.band, Verdict.picture)
    judged = and_(Verdict.media_id == Analysis.media_id, Verdict.current)
    query = history.kept(session, wanted, select(*keys, func.count().label("count")).outerjoin(Verdict, judged))
    months: dict[str, Month] = {}
    for begins, band, picture, count in session.execute(query.group_by(*keys).order_by(keys[0])):
        into = months.setdefault(begins, _empty(begins))
        into.bands[band] += count
        if said := agreement.agreement(band, picture):
            into.agreement[said] += count
    return list(months.values())


def _empty(begins: str) -> Month:
    return Month(
        date.fromisoformat(f"{begins}-01"), dict.fromkeys(get_args(Band), 0), dict.fromkeys(get_args(Agreement), 0)
    )


def _month(session: Session) -> ColumnElement[Any]:
    """Year and month of an analysis, as text: 2026-05."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", Analysis.created_at), "YYYY-MM")
    return func.strftime("%Y-%m", Analysis.created_at)
