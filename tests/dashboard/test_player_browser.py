"""The player in a real browser, on clips that are hard to show: uneven times, and codecs that no browser plays."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.evidence import FrameScore, Track
from core.settings import Settings
from pipelines.media.probe import probe
from pipelines.originals import path_of
from tests.dashboard.stored import evidence, quality, store
from tests.dashboard.test_browser import STANDS, answers, page, pytestmark, start, stop
from tests.media.conftest import plain, write_clip
from tests.ports import free_port

playwright = pytest.importorskip("playwright.sync_api")

__all__ = ["page", "pytestmark"]  # the window of Chromium, as a fixture, and what all its tests need

STEP = 9  # grey levels from one picture to the next
PICTURES = [plain(STEP // 3 * number, 160, 120) for number in range(20)]
UNEVEN = [number * 40 + (number // 4) * 130 + (15 if number % 3 == 1 else 0) for number in range(20)]  # ms
EVEN = [number * 40 for number in range(20)]  # ms
SEEN = """video => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    const brush = canvas.getContext("2d");
    brush.drawImage(video, 0, 0, 8, 8);
    return brush.getImageData(4, 4, 1, 1).data[1];
}"""

SHOWS = """video => new Promise((seen) =>
    video.readyState > 1 ? seen() : video.addEventListener("loadeddata", seen, { once: true }))"""


LATE = """HTMLVideoElement.prototype.requestVideoFrameCallback = function (announce) {
    if (this.asked) return;
    this.asked = true;
    this.addEventListener("seeked", () => setTimeout(() => {
        announce(0, { mediaTime: 0 });
        window.announced = true;
    }, 1500), { once: true });
}"""  # once the frames' times are there, too


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Settings:
    """The settings of an empty desk, one for all these tests: each has a clip of its own."""
    found = Settings(home=tmp_path_factory.mktemp("desk") / "home")
    shutil.copytree(empty_home, found.home)
    return found


@pytest.fixture(scope="module")
def address(config: Settings) -> Iterator[str]:
    """That desk, served."""
    environment = os.environ | {"TELLTALE_HOME": str(config.home), "TELLTALE_MODELS": str(Settings().models)}
    port = free_port()
    served = start("-m", "streamlit", "run", "dashboard/app.py", f"--server.port={port}", "--server.headless=true",
                   environment=environment)  # fmt: skip
    try:
        answers(f"http://localhost:{port}/_stcore/health", served)
        yield f"http://localhost:{port}"
    finally:
        stop(served)


def keep(config: Settings, clip: Path) -> int:
    """The clip as an original, with an analysis that saw a face in every other frame; gives its id."""
    sha256 = hashlib.sha256(clip.read_bytes()).hexdigest()
    info = replace(probe(clip, clip.name, sha256, config))
    target = path_of(config.home, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    clip.rename(target)
    frames = tuple(
        FrameScore(number, UNEVEN[number] / 1000, (20.0, 20.0, 60.0, 60.0), 0.9, 2.2, quality(60.0))
        for number in range(0, 20, 2)
    )
    person = Track("A", 0.0, frames[-1].time, "signs", 0.9, 2.2, frames)
    return store(config, evidence(info, (person,)), (("A", 2),))


def stands_at(page: "playwright.Page", number: int) -> None:
    """Number, time and picture are those of the very frame."""
    playwright.expect(page.locator(".frame")).to_have_text(f"frame {number}")
    playwright.expect(page.get_by_test_id("player-time")).to_have_text(f"00:{UNEVEN[number] / 1000:06.3f}")
    until = time.monotonic() + 30
    while abs(page.locator("video").evaluate(SEEN) - (16 + STEP * number)) >= STEP / 2:
        assert time.monotonic() < until, "the picture is another one"
        page.wait_for_timeout(100)


@pytest.mark.parametrize(("name", "codec"), [("uneven.mkv", "libx264"), ("uneven.mov", "libx265")])
def test_every_step_is_one_frame_however_long_it_lasts(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path, name: str, codec: str
) -> None:
    analysis = keep(config, write_clip(tmp_path / name, PICTURES, codec=codec, stamps=UNEVEN))
    page.goto(f"{address}/review?analysis={analysis}&t={UNEVEN[5] / 1000:.3f}")
    stands_at(page, 5)
    for number in (6, 7, 8, 9):
        page.keyboard.press("ArrowRight")
        stands_at(page, number)
    page.wait_for_url(re.compile(rf"[?&]t={UNEVEN[9] / 1000:.3f}"))
    page.keyboard.press("ArrowLeft")
    stands_at(page, 8)
    for _ in range(6):
        page.keyboard.press("ArrowRight")  # quicker than the browser shows them
    stands_at(page, 14)
    copied = page.get_by_text("Played from a copy in H.264. The original is untouched.")
    playwright.expect(copied).to_be_visible(visible=codec == "libx265")


def test_what_is_said_is_what_stands_though_the_browser_announces_a_frame_late_and_others_not_at_all(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    own = [*UNEVEN[:-1], UNEVEN[-1] + 7]  # ms: another file than those above
    analysis = keep(config, write_clip(tmp_path / "late.mkv", PICTURES, codec="libx264", stamps=own))
    page.add_init_script(LATE)
    page.goto(f"{address}/review?analysis={analysis}&t={UNEVEN[5] / 1000:.3f}")
    page.wait_for_function("() => window.announced")
    stands_at(page, 5)
    page.keyboard.press("ArrowRight")
    stands_at(page, 6)
    page.wait_for_url(re.compile(rf"[?&]t={UNEVEN[6] / 1000:.3f}"))


def test_every_frame_that_is_sought_says_its_own_number(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    """The player is sent half-way between two frames, where it is a matter of rounding which one is nearer."""
    own = [number * 40 for number in range(19)] + [19 * 40 + 3]  # ms: another file than those below
    analysis = keep(config, write_clip(tmp_path / "every.mkv", PICTURES, codec="libx264", stamps=own))
    page.goto(f"{address}/review?analysis={analysis}&t=0")
    said = page.locator(".player .frame")
    playwright.expect(said).to_have_text("frame 0")
    for number in range(1, 19):
        page.keyboard.press("ArrowRight")
        page.locator("video").evaluate(STANDS)
        playwright.expect(said).to_have_text(f"frame {number}", timeout=8000)


def test_the_number_is_exact_as_soon_as_the_times_are_there_though_the_picture_came_first(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    even = [
        number * 40 for number in range(20)
    ]  # ms: counted out, the times are the same, and nothing is sought
    analysis = keep(config, write_clip(tmp_path / "even.mkv", PICTURES, codec="libx264", stamps=even))
    held: list[playwright.Route] = []

    def hold(route: "playwright.Route") -> None:
        held.append(route)

    page.route("**/frames/*", hold)
    page.goto(f"{address}/review?analysis={analysis}&t=0")
    playwright.expect(page.locator(".frame")).to_have_text("about frame 0")
    page.locator("video").evaluate(SHOWS)
    page.wait_for_timeout(1000)  # nothing is left to come but the times
    held[0].continue_()
    playwright.expect(page.locator(".frame")).to_have_text("frame 0", timeout=8000)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_clip_that_was_changed_is_not_played_and_the_player_says_why(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path, codec: str
) -> None:
    own = [number * 43 for number in range(20)]  # ms: another file than those above
    clip = write_clip(tmp_path / "forged.mkv", PICTURES, codec=codec, stamps=own)
    original = path_of(config.home, hashlib.sha256(clip.read_bytes()).hexdigest())
    analysis = keep(config, clip)
    original.chmod(0o644)
    original.write_bytes(write_clip(tmp_path / "forgery.mkv", PICTURES[::-1], codec=codec).read_bytes())
    page.goto(f"{address}/review?analysis={analysis}&t=0")
    said = page.get_by_text(re.compile("no longer matches its hash.* You see the kept frame nearest to the time"))
    playwright.expect(said).to_be_visible()
    playwright.expect(page.locator("video")).to_be_hidden()


def test_a_picture_that_was_changed_is_not_shown_and_the_player_says_why(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    Image.fromarray(PICTURES[0]).save(tmp_path / "forged.png")
    original = path_of(config.home, hashlib.sha256((tmp_path / "forged.png").read_bytes()).hexdigest())
    analysis = keep(config, tmp_path / "forged.png")
    Image.fromarray(PICTURES[1]).save(original, format="png")
    page.goto(f"{address}/review?analysis={analysis}")
    playwright.expect(page.get_by_text("no longer matches its hash")).to_be_visible()


def test_nothing_moves_below_the_player_while_it_comes(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    tall = [number * 41 for number in range(20)]  # ms: another file than those above
    analysis = keep(config, write_clip(tmp_path / "tall.mkv", PICTURES, codec="libx264", stamps=tall))
    held: list[playwright.Route] = []

    def hold(route: "playwright.Route") -> None:
        held.append(route)

    for late in ("**/BidiComponent*.js", f"**/evidence/{analysis}"):
        page.route(late, hold)
    page.goto(f"{address}/review?analysis={analysis}&t=0")
    place, below = page.locator(f".st-key-player-only-{analysis}"), page.get_by_text("Beside another moment")
    # A browser that is here for the first time fetches what puts our style in, and shows Streamlit's bar until then.
    playwright.expect(place.get_by_test_id("stSkeleton")).to_have_css("min-height", "200px")
    tops = [top(below)]
    held.pop().continue_()
    page.get_by_test_id("timeline").wait_for()
    while not held:
        page.wait_for_timeout(100)
    tops.append(top(below))
    held.pop().continue_()
    page.get_by_test_id("strip").get_by_role("button").first.wait_for()
    tops.append(top(below))
    assert max(tops) - min(tops) <= 3, tops  # px


def top(element: "playwright.Locator") -> float:
    """Where it stands on the page, px."""
    area = element.bounding_box()
    assert area is not None
    return float(area["y"])


@pytest.mark.slow
def test_two_players_that_are_locked_in_time_do_the_same(
    config: Settings, address: str, page: "playwright.Page", tmp_path: Path
) -> None:
    made = [
        keep(config, write_clip(tmp_path / f"{name}.mkv", pictures, codec="libx264", stamps=EVEN))
        for name, pictures in (("original", PICTURES[1:] + PICTURES[:1]), ("copy", PICTURES[2:] + PICTURES[:2]))
    ]
    tied = "at=0.200&bt=0.320&together=true&offset=0.120"
    page.goto(f"{address}/compare?a={made[0]}&b={made[1]}&{tied}")
    both_stand(page, 5, 8)
    left, right = page.locator(".player").all()
    right.get_by_label("One frame on").click()
    both_stand(page, 6, 9)
    page.keyboard.press("ArrowLeft")  # goes to the player that was touched last
    both_stand(page, 5, 8)
    left.get_by_label("One frame back").click()
    both_stand(page, 4, 7)
    page.wait_for_url(re.compile("at=0.160.*bt=0.280"))
    left.get_by_label("Play or pause").click()
    both_stand(page, 19, 19)  # to the end of the one, and as far as the other goes
    page.get_by_text("Move together").click()
    playwright.expect(page.get_by_role("switch", name="Move together")).not_to_be_checked()
    left.get_by_label("One frame back").click()
    both_stand(page, 18, 19)


def both_stand(page: "playwright.Page", left: int, right: int) -> None:
    """Each player says the number of its frame."""
    playwright.expect(page.locator(".player .frame")).to_have_text([f"frame {left}", f"frame {right}"])
