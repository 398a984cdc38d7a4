"""The keys of the Queue in a real browser: from job to job, and what is done with the one at hand."""

import time

import pytest

from core.settings import Settings
from tests.dashboard.stored import clip, done_job, evidence, store, track
from tests.dashboard.test_browser import page, pytestmark
from tests.dashboard.test_player_browser import address, config
from tests.dashboard.test_queue import state_of, waiting_job

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["address", "config", "page", "pytestmark"]


def becomes(page: "playwright.Page", config: Settings, job_id: int, state: str) -> None:
    until = time.monotonic() + 60
    while state_of(config, job_id) != state:
        assert time.monotonic() < until, f"it never was {state}"
        page.wait_for_timeout(200)


def at_hand(page: "playwright.Page", job_id: int, key: str, button: str) -> None:
    """The button of this job has the key, and nobody else's has it."""
    line = page.locator(f".st-key-job-{job_id}")
    playwright.expect(line.get_by_role("button", name=f"{button} Shortcut {key}")).to_be_in_viewport()


class Line:
    """What goes between a page and the server. While it is slow, the page hears nothing."""

    def __init__(self, page: "playwright.Page") -> None:
        self.slow, self.said = False, 0  # how often the page spoke
        self._held: list[str | bytes] = []
        page.route_web_socket("**/_stcore/stream", self._open)

    def _open(self, socket: "playwright.WebSocketRoute") -> None:
        self._page, self._server = socket, socket.connect_to_server()
        self._page.on_message(self._say)
        self._server.on_message(self._hear)

    def _say(self, message: str | bytes) -> None:
        self.said += 1
        self._server.send(message)

    def _hear(self, message: str | bytes) -> None:
        self._held.append(message)
        if not self.slow:
            self.free()

    def after_a_refresh(self, page: "playwright.Page") -> int:
        """How often the page has spoken, as soon as it did once more: the next refresh is nearly two seconds away."""
        before = self.said
        while self.said == before:
            page.wait_for_timeout(50)
        return self.said

    def free(self) -> None:
        """What was held arrives."""
        self.slow = False
        while self._held:
            self._page.send(self._held.pop(0))


@pytest.mark.slow
def test_a_queue_is_worked_off_by_keys(config: Settings, address: str, page: "playwright.Page") -> None:
    analysis = store(config, evidence(clip(), (track("A", 3.0, "signs"),)))
    done_job(config, analysis, "clip.mp4")
    old, new = waiting_job(config, "old.mp4", "d" * 64), waiting_job(config, "new.mp4", "e" * 64)
    line = Line(page)
    page.goto(address)
    page.locator(f".st-key-job-{new}").wait_for()
    typing_moves_nothing(page)
    page.keyboard.press("n")
    at_hand(page, new, "X", "Cancel")
    page.keyboard.press("u")
    playwright.expect(page.locator(f".st-key-job-{new}")).to_contain_text("urgent")
    page.keyboard.press("s")
    becomes(page, config, new, "paused")
    at_hand(page, new, "S", "play_arrow icon")
    page.keyboard.press("s")
    becomes(page, config, new, "queued")
    page.keyboard.press("x")
    becomes(page, config, new, "cancelled")
    at_hand(page, new, "T", "Try again")
    page.keyboard.press("t")
    becomes(page, config, new, "queued")
    page.keyboard.press("n")
    at_hand(page, old, "X", "Cancel")
    page.keyboard.press("n")
    write(page, "o")
    playwright.expect(page.get_by_role("link", name="Open O")).to_be_in_viewport()
    said = line.after_a_refresh(page)
    line.slow = True
    page.keyboard.press("o")
    page.wait_for_timeout(2500)  # longer than from one refresh of the Queue to the next
    assert line.said == said + 1, "a refresh that comes late would empty the page that was opened"
    line.free()
    page.wait_for_url(f"{address}/review?analysis={analysis}**")
    playwright.expect(page.get_by_text("MACHINE EVIDENCE")).to_be_visible()
    assert (state_of(config, old), state_of(config, new)) == ("queued", "queued")


def typing_moves_nothing(page: "playwright.Page") -> None:
    """Who writes in a field writes, and nothing else."""
    write(page, "nnposxt")
    page.wait_for_timeout(3000)  # a key that was heard would have been answered by now
    assert page.get_by_role("button", name="Shortcut X").count() == 0


def write(page: "playwright.Page", letters: str) -> None:
    """In a field of the page, which is left again."""
    page.get_by_role("button", name="New case").click()
    title = page.get_by_label("Title")
    title.fill("")
    title.press_sequentially(letters)
    playwright.expect(title).to_have_value(letters)
    page.keyboard.press("Escape")
