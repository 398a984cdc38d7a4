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


def becomes(config: Settings, job_id: int, state: str) -> None:
    until = time.monotonic() + 60
    while state_of(config, job_id) != state:
        assert time.monotonic() < until, f"it never was {state}"
        time.sleep(0.2)


def at_hand(page: "playwright.Page", job_id: int, key: str, button: str) -> None:
    """The button of this job has the key, and nobody else's has it."""
    line = page.locator(f".st-key-job-{job_id}")
    playwright.expect(line.get_by_role("button", name=f"{button} Shortcut {key}")).to_be_in_viewport()


def test_a_queue_is_worked_off_by_keys(config: Settings, address: str, page: "playwright.Page") -> None:
    analysis = store(config, evidence(clip(), (track("A", 3.0, "signs"),)))
    done = done_job(config, analysis, "clip.mp4")
    old, new = waiting_job(config, "old.mp4", "d" * 64), waiting_job(config, "new.mp4", "e" * 64)
    page.goto(address)
    page.locator(f".st-key-job-{new}").wait_for()
    typing_moves_nothing(page)
    page.keyboard.press("n")
    at_hand(page, new, "X", "Cancel")
    page.keyboard.press("u")
    playwright.expect(page.locator(f".st-key-job-{new}")).to_contain_text("urgent")
    page.keyboard.press("s")
    becomes(config, new, "paused")
    at_hand(page, new, "S", "play_arrow icon")
    page.keyboard.press("s")
    becomes(config, new, "queued")
    page.keyboard.press("x")
    becomes(config, new, "cancelled")
    at_hand(page, new, "T", "Try again")
    page.keyboard.press("t")
    becomes(config, new, "queued")
    page.keyboard.press("n")
    at_hand(page, old, "X", "Cancel")
    page.keyboard.press("n")
    at_hand(page, done, "O", "Open")
    page.keyboard.press("o")
    page.get_by_text("MACHINE EVIDENCE").wait_for()
    page.wait_for_timeout(5000)  # as long as two refreshes of the Queue take
    playwright.expect(page.get_by_text("MACHINE EVIDENCE")).to_be_visible()
    assert (state_of(config, old), state_of(config, new)) == ("queued", "queued")


def typing_moves_nothing(page: "playwright.Page") -> None:
    """Who writes in a field writes, and nothing else."""
    page.get_by_role("button", name="New case").click()
    title = page.get_by_label("Title")
    title.press_sequentially("nnposxt")
    playwright.expect(title).to_have_value("nnposxt")
    page.keyboard.press("Escape")
    page.wait_for_timeout(3000)  # a key that was heard would have been answered by now
    assert page.get_by_role("button", name="Shortcut X").count() == 0
