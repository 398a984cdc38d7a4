"""What was found: one analysis, and the search through all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from core.errors import TelltaleError
from core.evidence import Band, MediaKind
from core.settings import settings
from dashboard.api.files import found
from dashboard.api.guard import Running, Seeing
from dashboard.api.refusals import missing
from db import analyses, history, jobs
from db.agreement import Agreement
from db.history import Filter, HistoryRow, Place, Sort
from db.jobs import JobRow
from db.models_people import Judgement
from db.rights import User
from db.session import session
from pipelines import jobs as work

router = APIRouter(tags=["Results"])

MOST = 200  # rows in one answer


@dataclass(frozen=True)
class Rows:
    """Some of `total` analyses, from number `first` on. Ask again with `after` or `before` for those beside them."""

    total: int
    first: int
    rows: tuple[HistoryRow, ...]
    after: int | None
    before: int | None


@router.get("/analyses", summary="Search the history")
def search(
    user: Seeing,
    text: Annotated[str, Query(max_length=500, description="words anywhere in what is known, or a hash")] = "",
    band: Annotated[list[Band], Query()] = [],  # noqa: B006
    kind: Annotated[list[MediaKind], Query()] = [],  # noqa: B006
    model: Annotated[list[int], Query(description="ids, see /models")] = [],  # noqa: B006
    verdict: Annotated[list[Judgement | Literal["none"]], Query(description="on the picture")] = [],  # noqa: B006
    agreement: Annotated[list[Agreement], Query(description="of band and verdict")] = [],  # noqa: B006
    case: Annotated[int | None, Query(description="id of a case")] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    sort: Sort = "newest",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[int | None, Query(description="id of the analysis to go on after")] = None,
    before: Annotated[int | None, Query(description="id of the analysis to go back from")] = None,
) -> Rows:
    """The same search as the page History. Times carry their zone: `2026-05-01T00:00:00Z`."""
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise TelltaleError("no_zone", "Give times with their zone: 2026-05-01T00:00:00Z")
    wanted = Filter(
        text=text,
        bands=tuple(band),
        models=tuple(model),
        kinds=tuple(kind),
        verdicts=tuple(verdict),
        agreements=tuple(agreement),
        case=case,
        since=since,
        until=until,
    )
    with session() as opened:
        page = history.search(opened, wanted, sort, limit, _place(after, before))
    return Rows(page.total, page.first, page.rows, _id(page.after), _id(page.before))


@router.get("/analyses/{analysis}", summary="One analysis")
def one(user: Seeing, analysis: int) -> dict[str, Any]:
    """The same record that `scripts.analyse` writes."""
    return found(analysis)


@router.post("/analyses/{analysis}/again", status_code=202, summary="Analyse its file with the detector in service")
def again(user: Running, analysis: int) -> JobRow:
    """Gives the job. Where this detector has seen the file already, the job ends at once with that analysis."""
    with session() as opened:
        stored = analyses.get(opened, analysis)
        if stored is None:
            raise missing("analysis")
        job = work.submit(opened, settings(), user, stored.media_id, stored.evidence.media.name)
        row = jobs.get(opened, job)
    assert row is not None
    return row


@router.get("/models", summary="The detectors that have spoken")
def models(user: Seeing) -> list[dict[str, Any]]:
    """Newest first."""
    with session() as opened:
        known = history.models(opened)
    return [{"id": number, "name": name, "version": version} for number, name, version in known]


@router.get("/me", summary="Whose token this is")
def me(user: Seeing) -> User:
    """Login, name and role."""
    return user


def _id(place: Place | None) -> int | None:
    return place.analysis_id if place else None


def _place(after: int | None, before: int | None) -> Place | None:
    if after is not None:
        return Place(after, "after")
    return Place(before, "before") if before is not None else None
