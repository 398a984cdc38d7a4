"""The lens in a real browser, without a desk around it: what it says of a heatmap depends on the picture alone."""

from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from core.explain.heat import FAINT
from dashboard.components.inline import ASSETS
from dashboard.components.lens import CAPTION
from pipelines.statements import NOWHERE
from tests.dashboard.test_browser import page, pytestmark

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["page", "pytestmark"]  # the window of Chromium, as a fixture, and what all its tests need

SHOW = """async ({ script, data }) => {
    const { default: lens } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
    lens({ parentElement: document.body, data });
}"""


def test_a_heatmap_that_is_dark_everywhere_is_said_to_locate_nothing(page: "playwright.Page") -> None:
    style, html, script = ((ASSETS / f"lens.{kind}").read_text("utf-8") for kind in ("css", "html", "js"))
    page.set_content(f"<style>{style}</style>{html}")
    scale, caption = page.locator(".scale"), page.locator(".caption")
    for brightest, located in ((255, True), (25, False), (26, True)):
        page.evaluate(SHOW, {"script": script, "data": shot(brightest)})
        playwright.expect(caption).to_have_text(CAPTION if located else NOWHERE)
        playwright.expect(scale).to_be_visible(visible=located)
        playwright.expect(page.get_by_test_id("heatmap")).to_have_attribute(
            "aria-label", caption.inner_text()
        )


def shot(brightest: int) -> dict[str, object]:
    """What Python sends: a face and its frame, under a heatmap that is as bright as this somewhere, of 255."""
    face = inlined(Image.new("RGB", (64, 64), "grey"))
    heat = inlined(Image.linear_gradient("L").point(lambda grey: grey * brightest // 255))
    words = {"caption": CAPTION, "nowhere": NOWHERE, "faint": FAINT, "view": "crop"}
    return {
        "crop": face,
        "frame": face,
        "heat": heat,
        "to_frame": [1, 0, 0, 0, 1, 0],
        "frame_scale": 1.0,
        **words,
    }


def inlined(picture: Image.Image) -> str:
    """A picture as an address that needs no server."""
    written = BytesIO()
    picture.save(written, "PNG")
    return f"data:image/png;base64,{b64encode(written.getvalue()).decode()}"
