"""Files in, and what becomes of them."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Body, Query, Request

from core.errors import TelltaleError
from core.evidence import failed_record
from core.settings import settings
from dashboard.api.guard import Running, Seeing, TakingIn
from dashboard.api.refusals import missing
from dashboard.routes import receive
from db import analyses, jobs, media
from db.jobs import JobRow
from db.models import Priority
from db.session import session
from pipelines import jobs as work
from pipelines import links
from pipelines.wishes import Wish

router = APIRouter(tags=["Files and jobs"])


@router.post(
    "/files",
    status_code=202,
    summary="Submit a file",
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {
        "type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def submit(
    user: TakingIn,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=1000, description="file name")],
    priority: Priority = "normal",
    case: Annotated[int | None, Query(description="id of an open case to put it into")] = None,
    samples_per_second: Annotated[float | None, Query(description="frames of a clip to look at")] = None,
) -> JobRow:
    """The body is the file itself. It is taken in while it arrives. The answer is its job: ask for it again until its
    state is `done` or `failed`. A file that is not let in is refused with the reason."""
    taken = await receive(request, name, user, Wish(priority, case, samples_per_second))
    if taken.refusal:
        raise taken.refusal
    return await run_sync(_job, taken.job_id)


@router.post("/links", status_code=202, summary="Submit the page of a clip")
def submit_link(
    user: TakingIn,
    address: Annotated[str, Body(description="of the page, on a site that this desk allows")],
    priority: Annotated[Priority, Body()] = "normal",
    case: Annotated[int | None, Body(description="id of an open case to put it into")] = None,
    samples_per_second: Annotated[float | None, Body(description="frames of a clip to look at")] = None,
) -> JobRow:
    """A worker fetches the clip as the first part of its job. Address, title and time are kept with it."""
    return _job(links.ask(settings(), user, address, Wish(priority, case, samples_per_second)))


@router.get("/jobs/{job}", summary="How far a job is")
def job(user: Seeing, job: int) -> JobRow:
    """States: `queued`, `paused`, `running`, `done`, `failed`, `cancelled`. One that is done names its analysis."""
    return _job(job)


@router.get("/jobs/{job}/result", summary="What a job found")
def result(user: Seeing, job: int) -> dict[str, Any]:
    """The same record that `scripts.analyse` writes; of a failed job too. Refused with `not_done` before the end."""
    row = _job(job)
    if row.analysis_id is not None:
        return found(row.analysis_id)
    if row.state != "failed":
        raise TelltaleError("not_done", f"This job is {row.state}. Ask again when it is done.")
    return failed_record(_media(row), row.error_code or "failed", row.error_message or "")


@router.post("/jobs/{job}/cancel", summary="Stop a job")
def cancel(user: Running, job: int) -> JobRow:
    """At once where it waits, within a second where it runs. One that has ended stays as it is."""
    _job(job)
    work.cancel(settings(), user, job)
    return _job(job)


@router.post("/jobs/{job}/pause", summary="Let a job rest")
def pause(user: Running, job: int) -> JobRow:
    """For one that waits: no worker takes it until it is resumed. Any other stays as it is."""
    _job(job)
    work.pause(settings(), user, job)
    return _job(job)


@router.post("/jobs/{job}/resume", summary="Let a job that rests wait again")
def resume(user: Running, job: int) -> JobRow:
    """It comes behind those of its priority that wait already."""
    _job(job)
    work.resume(settings(), user, job)
    return _job(job)


@router.post("/jobs/{job}/hurry", summary="Make a job urgent")
def hurry(user: Running, job: int) -> JobRow:
    """For one that waits or rests: it goes before those that are not urgent. Any other stays as it is."""
    _job(job)
    work.hurry(settings(), user, job)
    return _job(job)


@router.post("/jobs/{job}/retry", summary="Try a job again", status_code=202)
def retry(user: Running, job: int) -> JobRow:
    """For one that failed or was cancelled."""
    _job(job)
    work.retry(settings(), user, job)
    return _job(job)


def found(analysis: int) -> dict[str, Any]:
    """The record of an analysis, as `scripts.analyse` writes it."""
    with session() as opened:
        stored = analyses.get(opened, analysis)
    if stored is None:
        raise missing("analysis")
    return stored.evidence.record()


def _job(job: int) -> JobRow:
    with session() as opened:
        row = jobs.get(opened, job)
    if row is None:
        raise missing("job")
    return row


def _media(row: JobRow) -> dict[str, Any]:
    with session() as opened:
        known = media.get(opened, row.media_id, row.name) if row.media_id is not None else None
    return vars(known) if known else {"name": row.name}
