"""Reports: issued once, kept as they were, fetched by what is printed in them."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse

from core.settings import settings
from dashboard.api.guard import Exporting
from dashboard.api.refusals import missing
from db import reports
from db.models_reports import ReportFormat
from db.reports import ReportRow
from db.session import session
from pipelines.reports.issue import MEDIA_TYPES, issue, path_of

router = APIRouter(tags=["Reports"])

Reference = Annotated[str, Path(max_length=40, description="as printed: TT-20261124-…")]


@router.post("/analyses/{analysis}/reports", status_code=201, summary="Issue a report on an analysis")
def of_analysis(user: Exporting, analysis: int, format: ReportFormat = "pdf") -> ReportRow:  # noqa: A002
    """It is written while you wait. Fetch its file with its reference."""
    return issue(settings(), user, "analysis", analysis, format)


@router.post("/cases/{case}/reports", status_code=201, summary="Issue a report on a whole case")
def of_case(user: Exporting, case: int, format: ReportFormat = "pdf") -> ReportRow:  # noqa: A002
    """It is written while you wait. Fetch its file with its reference."""
    return issue(settings(), user, "case", case, format)


@router.get("/reports/{reference}", summary="What is known of a report")
def one(user: Exporting, reference: Reference) -> ReportRow:
    """With the hashes by which a copy is checked."""
    return _report(reference)


@router.get("/reports/{reference}/file", summary="The file of a report", response_class=FileResponse)
def file(user: Exporting, reference: Reference) -> FileResponse:
    """Byte for byte as it was issued; that you fetched it stands in the log."""
    row = _report(reference)
    path = path_of(settings(), row)
    if not path.is_file():
        raise missing("file")
    with session() as opened:
        reports.handed_out(opened, user, row)
    return FileResponse(path, media_type=MEDIA_TYPES[row.format], filename=row.file_name)


def _report(reference: str) -> ReportRow:
    with session() as opened:
        row = reports.by_reference(opened, reference)
    if row is None:
        raise missing("report")
    return row
