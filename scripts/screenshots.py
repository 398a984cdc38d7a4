"""Take a picture of every page of a running desk, in light and dark, at two widths.

    python -m scripts.screenshots --case 1

The desk must be running (`make run`). Chromium is taken from TELLTALE_CHROMIUM, else /usr/bin/chromium.
"""

import argparse
import os
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

WIDTHS = (1280, 1680)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE = 90_000  # ms: the first page of a desk that has just started takes its time
QUALITY = 80  # of WebP: sharp text at a tenth of a PNG's size
REDRAWN = 800  # ms after the window got another size
# Streamlit's sign of a page that is being drawn: a live page shows it now and then, a picture would for ever.
BARE = "[data-testid=stStatusWidget] { display: none; }"
SETTLE = 2500  # ms after the page has stopped loading: charts and pictures are drawn last


def chromium() -> str:
    """The browser to drive."""
    return os.environ.get("TELLTALE_CHROMIUM", "/usr/bin/chromium")


def arguments() -> list[str]:
    """Chromium refuses to run as root with its sandbox; containers run as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def main() -> None:
    """Every page, every look."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--desk", default="http://localhost:8501", help="address of the running desk")
    parser.add_argument("--out", type=Path, default=Path("docs/screens"), help="folder for the pictures")
    parser.add_argument("--analysis", type=int, default=1, help="id of the analysis to show on Review")
    parser.add_argument("--beside", type=int, default=2, help="id of the analysis to show beside it on Compare")
    parser.add_argument("--case", type=int, default=1, help="id of the case to show on Case")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    pages = {
        "queue": "/",
        "review": f"/review?analysis={asked.analysis}",
        "compare": f"/compare?a={asked.analysis}&b={asked.beside}",
        "cases": "/cases",
        "case": f"/case?case={asked.case}",
        "history": "/history",
        "models": "/models",
        "lab": "/lab",
        "log": "/log",
        "system": "/system",
        "account": "/account",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        for name, path in pages.items():
            shoot(browser, asked.desk + path, asked.out, name)
        browser.close()


def shoot(browser: Browser, address: str, out: Path, name: str) -> None:
    """One page in every look."""
    for scheme in SCHEMES:
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900}, color_scheme=scheme)
        settle(page, address)
        for width in WIDTHS:
            whole_height(page, width)
            taken = Image.open(BytesIO(page.screenshot()))
            taken.save(out / f"{name}-{width}-{scheme}.webp", quality=QUALITY, method=6)
        page.close()


def settle(page: Page, address: str) -> None:
    """Open a page and wait until it stands still."""
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
    for frame in page.locator(".player .frame").all():
        expect(frame).not_to_be_empty(timeout=PATIENCE)  # a player says its frame once it has its evidence
    page.add_style_tag(content=BARE)
    page.wait_for_timeout(SETTLE)


def whole_height(page: Page, width: int) -> None:
    """Streamlit scrolls inside the page: make the window as tall as what it holds."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(REDRAWN)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(900, tall)})
    page.wait_for_timeout(REDRAWN)


if __name__ == "__main__":
    main()
