"""Export: issued when asked, listed with its link, fetched by whoever may, and written into the log."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from dashboard.routes import ROUTES
from db import analyses, audit, cases, people, reports
from db.reports import ReportRow
from db.session import session
from pipelines.reports.issue import issue
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, put_clip, store, track


@pytest.fixture
def analysis(config: Settings) -> int:
    put_clip(config, "c" * 64)
    return store(config, evidence(clip(), (track("A", 3.0, "signs"),)), (("A", 2),))


def press(opened: Open, analysis: int, wanted: str) -> str:
    """Asks for a report on the review page; gives what the page says then."""
    desk = opened("review", analysis=str(analysis))
    assert "ISSUED" not in text_of(desk)
    desk.button(key=f"export-analysis-{analysis}-{wanted}").click().run(timeout=60)
    assert not desk.exception
    return text_of(desk)


@pytest.mark.parametrize("wanted", ["pdf", "csv", "json"])
def test_a_report_is_made_when_asked_and_its_link_appears(
    config: Settings, opened: Open, analysis: int, wanted: str
) -> None:
    said = press(opened, analysis, wanted)
    with session() as reading:
        (row,) = reports.of_subject(reading, f"analysis:{analysis}")
    assert row.format == wanted
    assert f"(/reports/{row.file_name})" in said


def test_a_whole_case_is_exported_from_the_same_menu(config: Settings, analysis: int) -> None:
    with session() as writing:
        stored = analyses.get(writing, analysis)
        assert stored is not None
        case_id = cases.start(writing, DESK, cases.Asked("The speech", "Is it genuine?"))
        cases.add_item(writing, DESK, case_id, stored.media_id, analysis)
    page = f'from dashboard.components.export_menu import export_menu\nexport_menu("case", {case_id})'
    shown = AppTest.from_string(page, default_timeout=60).run()
    shown.button(key=f"export-case-{case_id}-pdf").click().run()
    assert not shown.exception
    with session() as reading:
        (row,) = reports.of_subject(reading, f"case:{case_id}")
    assert f"(/reports/{row.file_name})" in text_of(shown)


def test_what_can_not_be_made_is_said(
    config: Settings, opened: Open, analysis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_OUTLET_LOGO", "/nowhere/logo.png")
    from core.settings import settings

    settings.cache_clear()
    assert "must name a PNG or JPEG" in press(opened, analysis, "pdf")


@pytest.fixture
def issued(config: Settings, analysis: int) -> ReportRow:
    return issue(config, DESK, "analysis", analysis, "pdf")


def test_a_report_is_fetched_as_issued_and_that_is_logged(config: Settings, issued: ReportRow) -> None:
    with TestClient(Starlette(routes=ROUTES)) as client:
        answer = client.get(f"/reports/{issued.file_name}")
    assert answer.headers["content-type"] == "application/pdf"
    assert issued.file_name in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert issued.reference in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    with session() as reading:
        assert audit.events(reading, issued.subject, action="report.fetched")[0].actor == "desk"


@pytest.mark.parametrize(
    "name", ["{reference}.csv", "{reference}", "TT-20260302-00000000.pdf", "..%2ftelltale.sqlite"]
)
def test_what_was_not_issued_is_not_there(config: Settings, issued: ReportRow, name: str) -> None:
    with TestClient(Starlette(routes=ROUTES)) as client:
        assert client.get(f"/reports/{name.format(reference=issued.reference)}").status_code == 404


def test_who_has_no_role_fetches_nothing(
    config: Settings, issued: ReportRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session() as writing:
        nobody = people.from_provider(writing, "https://id.example.org", "7", "new", "New")
    monkeypatch.setattr(who, "holder", lambda _config, _secret: nobody)
    with TestClient(Starlette(routes=ROUTES)) as client:
        assert client.get(f"/reports/{issued.file_name}").status_code == 403
    monkeypatch.setattr(who, "holder", lambda _config, _secret: None)
    with TestClient(Starlette(routes=ROUTES)) as client:
        assert client.get(f"/reports/{issued.file_name}").status_code == 401
