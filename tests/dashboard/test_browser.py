"""The whole way in a real browser: a file goes in, a real worker analyses it, the evidence is looked at."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from core.settings import Settings
from scripts.screenshots import arguments, chromium
from tests.ports import free_port

playwright = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "portrait_manipulated.mp4"
PATIENCE = 240  # s for one small clip on a busy machine
STANDS = """video => new Promise((stands) => {
    const look = () => (video.readyState > 1 && !video.seeking ? stands() : setTimeout(look, 50));
    look();
})"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which(chromium()) is None and "CI" not in os.environ,
        reason="No Chromium here. Install it, or say where it is with TELLTALE_CHROMIUM.",
    ),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A desk and a worker of their own, on an empty data folder."""
    environment = os.environ | {
        "TELLTALE_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
        "TELLTALE_MODELS": str(Settings().models),
    }
    port = free_port()
    desk = start("-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}", "--server.headless=true",
                 environment=environment)  # fmt: skip
    try:
        answers(f"http://localhost:{port}/_stcore/health", desk)
        worker = start("-m", "pipelines.worker", environment=environment)
        try:
            yield f"http://localhost:{port}"
        finally:
            stop(worker)
    finally:
        stop(desk)


@pytest.fixture
def page() -> Iterator["playwright.Page"]:
    """A window of Chromium."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=arguments())
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.set_default_timeout(60_000)
        playwright.expect.set_options(timeout=60_000)
        yield opened
        browser.close()


@pytest.mark.slow
def test_from_upload_to_heatmap(address: str, page: "playwright.Page") -> None:
    upload(page, address)
    open_result(page)
    at = page.get_by_test_id("player-time")
    playwright.expect(page.get_by_test_id("heatmap")).to_have_attribute("data-drawn", "crop")
    click_timeline(page, share=0.5)
    playwright.expect(at).to_have_text(re.compile(r"00:0[23]\.\d{3}"))
    stands_where_it_says(page, at.inner_text())
    stepping_moves_one_frame(page, at)
    heat_can_be_turned_off(page)


def upload(page: "playwright.Page", address: str) -> None:
    page.goto(address)
    page.get_by_test_id("dropzone").locator("input").set_input_files(SAMPLE)


def open_result(page: "playwright.Page") -> None:
    done = page.get_by_role("link", name="Open")
    done.wait_for(timeout=PATIENCE * 1000)
    done.click()
    page.get_by_text("MACHINE EVIDENCE").wait_for()


def click_timeline(page: "playwright.Page", share: float) -> None:
    """Goes to a moment of the clip, another than where the player stands, once it has come to stand there."""
    line, at = page.get_by_test_id("timeline"), page.get_by_test_id("player-time")
    playwright.expect(page.locator(".frame")).to_have_text(re.compile(r"^frame"))
    page.locator("video").evaluate(STANDS)
    before = at.inner_text()
    area = line.bounding_box()
    assert area is not None
    line.click(position={"x": 26 + (area["width"] - 26 - 118) * share, "y": 12})
    playwright.expect(at).not_to_have_text(before)


def stands_where_it_says(page: "playwright.Page", said: str) -> None:
    """The video stands inside the very frame whose time is shown, and the address says the same."""
    seconds = float(said.split(":")[1])
    standing = page.locator("video").evaluate("video => [video.currentTime, video.paused]")
    assert standing[1]
    assert 0 < standing[0] - seconds < 1 / 20
    page.wait_for_url(re.compile(rf"[?&]t={seconds:.3f}"))


def stepping_moves_one_frame(page: "playwright.Page", at: "playwright.Locator") -> None:
    before = float(at.inner_text().split(":")[1])
    page.keyboard.press("ArrowRight")
    playwright.expect(at).not_to_have_text(f"00:{before:06.3f}")
    assert 0 < float(at.inner_text().split(":")[1]) - before < 0.1
    page.keyboard.press("ArrowLeft")
    playwright.expect(at).to_have_text(f"00:{before:06.3f}")


def heat_can_be_turned_off(page: "playwright.Page") -> None:
    """The heatmap lies over the face, as strongly as the slider says."""
    heat = page.get_by_test_id("heatmap")
    pixels = "canvas => canvas.toDataURL()"
    page.get_by_test_id("opacity").fill("0")
    bare = heat.evaluate(pixels)
    page.get_by_test_id("opacity").fill("80")
    assert heat.evaluate(pixels) != bare
    page.get_by_role("button", name="Whole frame").click()
    playwright.expect(heat).to_have_attribute("data-drawn", "frame")


def start(*command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


def status(page: "playwright.Page", address: str) -> int:
    """What a request with the page's cookies is answered, on a connection of its own: a kept one may end just then.

    The server ends kept connections after 5 s, and where its loop is busy it does so with our request unread.
    """
    return int(page.request.get(address, headers={"Connection": "close"}).status)


def answers(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the desk answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "The desk stopped before it answered; its words are above."
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail("The desk did not answer in time.")
