"""Export in a real browser: pressed on the review page, downloaded, opened, and known again by the desk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from core.settings import Settings
from pipelines.reports.verify import check
from tests.dashboard.test_browser import answers, page, pytestmark, start, stop
from tests.ports import free_port
from tests.reports.conftest import CLIP, Desk

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["page", "pytestmark"]  # the window of Chromium, as a fixture, and what all its tests need


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The filled desk, served."""
    environment = os.environ | {
        "TELLTALE_HOME": str(desk.config.home),
        "TELLTALE_MODELS": str(Settings().models),
        "TELLTALE_OUTLET_NAME": "The Daily Ledger",
    }
    port = free_port()
    served = start("-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}", "--server.headless=true",
                   environment=environment)  # fmt: skip
    try:
        answers(f"http://localhost:{port}/_stcore/health", served)
        yield f"http://localhost:{port}"
    finally:
        stop(served)


@pytest.mark.slow
def test_a_report_is_pressed_downloaded_and_known_again(
    desk: Desk, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    page.goto(f"{address}/review?analysis={desk.analysis_id}")
    page.get_by_role("button", name="Export").click()
    pdf = _downloaded(page, "Report as PDF", ".pdf", tmp_path)
    csv = _downloaded(page, "Scores as CSV", ".csv", tmp_path)
    first = PdfReader(pdf).pages[0].extract_text()
    assert "The Daily Ledger" in first
    assert CLIP in first
    assert len(pd.read_csv(csv)) == 32
    assert check(desk.config, pdf).good
    assert check(desk.config, csv).good


def _downloaded(page: "playwright.Page", button: str, suffix: str, folder: Path) -> Path:
    page.get_by_role("button", name=button).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=suffix).click()
    target = folder / str(download.value.suggested_filename)
    download.value.save_as(target)
    return target
