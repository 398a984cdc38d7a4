"""The whole way of one question in real browsers: from the file that comes in to the report that goes out.

An editor does it all; a second analyst, signed in in a browser of her own, confirms the verdict.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from core.settings import Settings
from db import audit, case_file
from db.models import Job, Worker
from db.session import session
from pipelines.reports.verify import check
from scripts.screenshots import chromium
from tests.dashboard.signed_in import PASSWORD, account
from tests.dashboard.test_browser import SAMPLE, address, click_timeline, open_result, page, upload
from tests.dashboard.test_sign_in_browser import sign_in

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["address", "page"]  # a served desk with its worker, and a window of Chromium: fixtures

PATIENCE = 120_000  # ms until a busy machine has begun with a clip
MOMENT = 0.5  # share of the timeline
QUESTION = "Is this really her portrait?"
NOTE = "The jaw flickers against the collar."
REASON = "The edge of the face moves against the head."
ANSWER = "No: the face was put in afterwards."

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which(chromium()) is None and "CI" not in os.environ,
        reason="No Chromium here. Install it, or say where it is with TELLTALE_CHROMIUM.",
    ),
    pytest.mark.skipif(
        shutil.which("pdftoppm") is None and "CI" not in os.environ,
        reason="No pdftoppm here, to draw the report's pages. It comes with poppler-utils.",
    ),
]


@pytest.fixture(autouse=True)
def people_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the desk starts, which takes over the environment of this process."""
    monkeypatch.setenv("TELLTALE_SIGN_IN", "local")


@pytest.mark.slow
def test_from_the_file_to_the_report(address: str, page: "playwright.Page", tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "home")
    account(config, "ana", "editor"), account(config, "ada")
    come_in(page, address, "ana")
    upload(page, address)
    progress_is_seen(config, page)
    open_result(page)
    look_closely(page)
    pin_a_note(page)
    judge(page)
    a_second_analyst_confirms(page)
    open_a_case(page, address)
    answer(page)
    reports_say_it_all(config, page, tmp_path)
    history_finds_it(page, address)
    the_log_holds(config)


def come_in(page: "playwright.Page", address: str, login: str) -> None:
    page.goto(address)
    sign_in(page, PASSWORD, login)
    page.get_by_role("button", name=login.title()).wait_for()


def progress_is_seen(config: Settings, page: "playwright.Page") -> None:
    """The line says how far it is while the worker works, without anybody asking for it.

    The worker is held in the middle: a quick machine is done before the line is drawn again.
    """
    until = time.monotonic() + PATIENCE / 1000
    while (states := _states(config)) in ([], ["queued"]) and time.monotonic() < until:
        page.wait_for_timeout(10)
    assert states == ["running"], "it never ran, or was done before anybody could look"
    with session(config) as opened:
        worker = opened.scalars(select(Worker.pid)).one()
    os.kill(worker, signal.SIGSTOP)
    try:
        page.get_by_text(re.compile(r"Starting|Looking for faces|Drawing heatmaps")).first.wait_for(timeout=PATIENCE)
    finally:
        os.kill(worker, signal.SIGCONT)


def _states(config: Settings) -> list[str]:
    with session(config) as opened:
        return list(opened.scalars(select(Job.state)))


def look_closely(page: "playwright.Page") -> None:
    """A click on the timeline moves the player, and the heatmap is drawn."""
    playwright.expect(page.get_by_test_id("heatmap")).to_have_attribute("data-drawn", "crop")
    click_timeline(page, MOMENT)
    playwright.expect(page.get_by_test_id("player-time")).to_have_text(re.compile(r"00:0[23]\.\d{3}"))
    playwright.expect(page.get_by_test_id("heatmap")).to_have_attribute("data-drawn", "crop")


def pin_a_note(page: "playwright.Page") -> None:
    """The note belongs to the moment at which the player stands."""
    page.get_by_label(f"A note at {page.get_by_test_id('player-time').inner_text()}").fill(NOTE)
    page.get_by_role("button", name="Pin it here").click()
    page.get_by_text(NOTE).and_(page.locator("p")).wait_for()


def judge(page: "playwright.Page") -> None:
    page.get_by_text("Give a verdict").click()
    page.get_by_text("Manipulated", exact=True).click()
    page.get_by_role("textbox", name="Why", exact=True).fill(REASON)
    page.get_by_role("button", name="Give the verdict").click()
    page.get_by_text("Medium confidence · not yet confirmed").wait_for()


def a_second_analyst_confirms(page: "playwright.Page") -> None:
    """In her own browser; it stands in the first one, too, once the page is opened again."""
    assert page.context.browser is not None
    with page.context.browser.new_context(viewport={"width": 1280, "height": 900}) as window:
        window.set_default_timeout(60_000)
        hers = window.new_page()
        come_in(hers, page.url, "ada")
        hers.get_by_text(REASON).wait_for()
        hers.get_by_role("button", name="Confirm").click()
        hers.get_by_text("Medium confidence · confirmed").wait_for()
    page.reload()
    page.get_by_text("Medium confidence · confirmed").wait_for()
    page.locator("p", has_text="Ada confirms").wait_for()


def open_a_case(page: "playwright.Page", address: str) -> None:
    page.goto(f"{address}/cases")
    page.get_by_role("button", name="New case").click()
    page.get_by_label("Title").fill("The portrait")
    page.get_by_label("Question to answer").fill(QUESTION)
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url(re.compile(r"/case\?case=1$"))
    page.get_by_role("button", name="Add an exhibit").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name=f"1 · {SAMPLE.name}").wait_for()
    page.keyboard.press("Escape")


def answer(page: "playwright.Page") -> None:
    page.get_by_role("button", name="Sign the answer").click()
    page.get_by_label("The answer, in a sentence or two").fill(ANSWER)
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_text("Signed by Ana").wait_for()
    page.keyboard.press("Escape")


def reports_say_it_all(config: Settings, page: "playwright.Page", folder: Path) -> None:
    """Both files open, tell the case, and are known again."""
    page.get_by_role("button", name="Export").click()
    pdf = downloaded(page, "Report as PDF", ".pdf", folder)
    csv = downloaded(page, "Scores as CSV", ".csv", folder)
    read = PdfReader(pdf)
    words = " ".join(" ".join(one.extract_text() for one in read.pages).split())
    for said in (QUESTION, ANSWER, REASON, NOTE, SAMPLE.name):
        assert said in words
    assert len(pd.read_csv(csv)) > 10
    assert check(config, pdf).good and check(config, csv).good
    drawn(pdf, len(read.pages))


def downloaded(page: "playwright.Page", button: str, suffix: str, folder: Path) -> Path:
    page.get_by_role("button", name=button).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=suffix).click()
    target = folder / str(download.value.suggested_filename)
    download.value.save_as(target)
    return target


def drawn(pdf: Path, pages: int) -> None:
    """Another program than the one that wrote it can draw every page."""
    subprocess.run(["pdftoppm", "-r", "50", "-png", str(pdf), str(pdf.with_suffix(""))], check=True)
    assert len(list(pdf.parent.glob(f"{pdf.stem}-*.png"))) == pages


def history_finds_it(page: "playwright.Page", address: str) -> None:
    """By a word of the note, with the band and the verdict beside each other."""
    page.goto(f"{address}/history?q=flickers")
    cells = page.locator("[role=gridcell]")
    playwright.expect(cells.filter(has_text=SAMPLE.name).first).to_be_attached()
    playwright.expect(cells.filter(has_text="Manipulated").first).to_be_attached()
    page.goto(f"{address}/history?q=nothingofthekind")
    playwright.expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached()
    playwright.expect(cells.filter(has_text=SAMPLE.name)).to_have_count(0)


def the_log_holds(config: Settings) -> None:
    """All of it is in the log, in an unbroken chain."""
    with session(config) as opened:
        done = {event.action: event.actor for event in audit.events(opened, limit=200)}
        assert audit.verify(opened).broken is None
        case = case_file.get(opened, 1)
    assert case is not None and case.exhibits[0].verdict is not None
    hers = {"note.added", "verdict.given", "case.opened", "case.item_added", "case.answered", "report.issued"}
    assert {done[one] for one in hers} == {"ana"} and done["verdict.confirm"] == "ada"
