"""Files that are broken or odd, the whole way: each ends as a clear state on the page, in the database and in the JSON.

A real worker analyses them, once: the shell's command is told what it found, for both call the same analysis.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import pytest
from PIL import Image
from skimage.data import astronaut, coffee
from streamlit.testing.v1 import AppTest

from core.evidence import Evidence, MediaInfo
from core.judgement.bands import WORDS
from core.settings import ROOT, Settings, settings
from dashboard.components.wording import plain
from db import analyses, jobs
from db.jobs import JobRow
from db.session import session
from pipelines.intake import display_name, take_in_folder
from scripts import analyse
from tests.actors import DESK as ACTOR
from tests.dashboard.conftest import DESK, text_of
from tests.media.conftest import plain as grey
from tests.media.conftest import portrait_frames, write_clip, write_sound
from tests.media.test_decode import see_through

pytestmark = pytest.mark.slow

PATIENCE = 240  # s for a handful of small files on a busy machine


class Case(NamedTuple):
    """How a file is made, and how it ends: the code of a refusal, or bands that it may get."""

    make: Callable[[Path], object]
    refused: str | None = None
    bands: tuple[str, ...] = ()


def cut_off(path: Path, movflags: str = "") -> None:
    write_clip(path, portrait_frames(40), options={"movflags": movflags} if movflags else None)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])


def without_rate(path: Path) -> None:
    write_clip(path, [grey(number, 320, 240) for number in range(6)], codec="mpeg4")
    data = bytearray(path.read_bytes())
    header, stream = data.index(b"avih") + 8, data.index(b"strh") + 8
    data[header : header + 4], data[stream + 20 : stream + 28] = bytes(4), bytes(8)
    path.write_bytes(data)


def large_still(path: Path) -> None:
    Image.fromarray(cv2.resize(astronaut(), (7680, 4320))).save(path, quality=80)


def see_through_gif(path: Path) -> None:
    first, *others = (see_through(alpha) for alpha in (0, 128, 255))
    first.save(path, save_all=True, append_images=others, duration=100, disposal=2)


def nobody(path: Path) -> None:
    write_clip(path, [cv2.resize(coffee(), (320, 240))] * 6)


JUDGED = ("signs", "inconclusive", "no_signs")
ODD_NAME = "caf\u00e9 \U0001f600\n[bold]clip.mp4"
CASES = {
    "empty.mp4": Case(Path.touch, "empty"),
    "without its index.mp4": Case(cut_off, "undecodable"),
    "cut off.mp4": Case(lambda path: cut_off(path, "faststart"), bands=JUDGED),
    "text.mp4": Case(lambda path: path.write_text("Dear all, please find attached\n" * 9), "not_media"),
    "sound.mp4": Case(write_sound, "no_picture"),
    "nobody.mp4": Case(nobody, bands=("no_face",)),
    "one frame.mp4": Case(lambda path: write_clip(path, portrait_frames(1)), bands=JUDGED),
    "no rate.avi": Case(without_rate, bands=("no_face",)),
    "8K.jpg": Case(large_still, bands=JUDGED),
    "see-through.gif": Case(see_through_gif, bands=("no_face",)),
    ODD_NAME: Case(lambda path: write_clip(path, portrait_frames(6)), bands=JUDGED),
}
each = pytest.mark.parametrize("name", CASES)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them."""
    folder = tmp_path_factory.mktemp("files")
    for name, case in CASES.items():
        case.make(folder / name)
    return folder


@pytest.fixture(scope="module")
def desk(files: Path, empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A desk on which all of them came to their end; the environment says where it lies."""
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("desk") / "home")
    told = {"HOME": str(home), "MODELS": str(Settings().models), "HEATMAPS": "1", "GPU": "false"}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in told.items():
            patch.setenv(f"TELLTALE_{key}", value)
        settings.cache_clear()
        assert len(list(take_in_folder(files, settings(), ACTOR))) == len(CASES)
        work_through(settings(), home / "worker.log")
        yield settings()
    settings.cache_clear()


def work_through(config: Settings, log: Path) -> None:
    """A worker of the desk's, until nothing waits any more."""
    with log.open("wb") as said:
        command = [sys.executable, "-m", "pipelines.worker"]
        worker = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=said, stderr=said)
    until = time.monotonic() + PATIENCE
    try:
        while any(row.state in ("queued", "running") for row in rows(config).values()):
            assert worker.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.2)
    finally:
        worker.kill()
        worker.wait()


def rows(config: Settings) -> dict[str, JobRow]:
    """Every job of the desk, by the name that it shows."""
    with session(config) as opened:
        return {row.name: row for row in jobs.latest(opened, len(CASES))}


def row_of(config: Settings, name: str) -> JobRow:
    return rows(config)[display_name(name)]


def found_in(config: Settings, name: str) -> Evidence:
    with session(config) as opened:
        stored = analyses.get(opened, row_of(config, name).analysis_id or 0)
    assert stored is not None
    return stored.evidence


@pytest.fixture(scope="module")
def queue(desk: Settings) -> AppTest:
    """The Queue of that desk."""
    return AppTest.from_file(str(DESK), default_timeout=60).run()


@pytest.fixture(scope="module")
def records(desk: Settings, files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the shell's command writes of each file."""
    out = tmp_path_factory.mktemp("json") / "out.json"

    def told(path: Path, info: MediaInfo, _bar: object) -> Evidence:
        return replace(found_in(desk, path.name), media=info)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyse, "_analyser", lambda _: nullcontext(told))
        patch.setattr(sys, "argv", ["analyse", *(str(files / name) for name in CASES), "--json", str(out)])
        assert analyse.main() == analyse.REFUSED
    return dict(zip(CASES, json.loads(out.read_text()), strict=True))


@each
def test_the_database_holds_a_reason_or_a_band(desk: Settings, name: str) -> None:
    row, case = row_of(desk, name), CASES[name]
    if case.refused:
        assert (row.state, row.error_code, row.analysis_id, row.media_id) == ("failed", case.refused, None, None)
    else:
        assert (row.state, row.error_code) == ("done", None), row.error_message
        found = found_in(desk, name)
        assert found.band == row.band in case.bands
        assert (found.score is None) == (found.band not in JUDGED), "what can't be judged has no score"


@each
def test_the_page_says_so_beside_the_name(desk: Settings, queue: AppTest, name: str) -> None:
    row = row_of(desk, name)
    line = queue.container(key=f"job-{row.id}")
    assert line.get("page_link")[0].proto.label == f"**{plain(display_name(name))}**"
    sentence = WORDS[row.band] if row.band else plain(row.error_message or "")
    assert sentence and sentence in text_of(line)


@each
def test_the_json_says_the_same(desk: Settings, records: dict[str, Any], name: str) -> None:
    row, record, case = row_of(desk, name), records[name], CASES[name]
    assert record["media"]["name"] == name
    if case.refused:
        said = {"code": case.refused, "message": row.error_message}
        assert (record["status"], record["error"], record["band"], record["score"]) == ("failed", said, None, None)
    else:
        assert (record["status"], record["error"], record["band"]) == ("analysed", None, row.band)
