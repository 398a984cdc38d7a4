"""Reverse search: frames to save, engines to open, a warning; nothing leaves by itself, and what is saved is logged."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.errors import TelltaleError
from core.settings import Settings
from dashboard.components.reverse_search import ENGINES
from dashboard.routes import ROUTES
from db import analyses, audit
from db.models import Artifact
from db.rights import NotAllowed
from db.session import session
from pipelines.key_frames import SUMS, bundle, key_frames, take
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, still, store, track

HERE = "cccccccccccc"


@pytest.fixture
def analysis(config: Settings) -> int:
    people = (track("A", 3.0, "signs"), track("B", -2.0, "no_signs"))
    return store(config, evidence(clip(), people), (("A", 7), ("A", 2), ("B", 2)))


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES)) as opened:
        yield opened


def names(config: Settings, analysis: int) -> list[str]:
    with session(config) as opened:
        stored = analyses.get(opened, analysis)
    assert stored is not None
    return [one.name for one in key_frames(stored)]


def section(opened: Open, analysis: int) -> AppTest:
    """The review page with this section open."""
    desk = opened("review", analysis=str(analysis))
    desk.session_state["section"] = "Reverse search"
    return desk.run()


def test_a_frame_is_there_once_whoever_is_in_it_and_says_where_it_is_from(config: Settings, analysis: int) -> None:
    assert names(config, analysis) == [f"{HERE}_00-00.500_frame-10.jpg", f"{HERE}_00-01.750_frame-35.jpg"]


def test_a_picture_has_no_moment(config: Settings) -> None:
    found = evidence(still(clip()), (track("A", 3.0, "signs"),))
    assert names(config, store(config, found, (("A", 0),))) == [f"{HERE}.jpg"]


def test_the_zip_has_every_frame_and_their_hashes(config: Settings, client: TestClient, analysis: int) -> None:
    answer = client.get(f"/key-frames/{analysis}.zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="{HERE}_key-frames.zip"'
    assert answer.headers["cache-control"] == "no-store"
    archive = ZipFile(BytesIO(answer.content))
    assert archive.namelist() == [*names(config, analysis), SUMS]
    sums = dict(reversed(line.split("  ")) for line in archive.read(SUMS).decode().splitlines())
    assert sums == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names(config, analysis)}


def test_the_same_frames_make_the_same_bytes() -> None:
    assert bundle({"a.jpg": b"x"}) == bundle({"a.jpg": b"x"}) != bundle({"a.jpg": b"y"})


def test_what_was_saved_stands_in_the_log(config: Settings, client: TestClient, analysis: int) -> None:
    answer = client.get(f"/key-frames/{analysis}/35.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")
    with session(config) as opened:
        (entry,) = audit.events(opened, f"analysis:{analysis}", action="key_frames.exported")
    assert (entry.actor, entry.details) == ("desk", {"names": [f"{HERE}_00-01.750_frame-35.jpg"]})


@pytest.mark.parametrize("address", ["/key-frames/1/11.jpg", "/key-frames/999.zip", "/key-frames/999/10.jpg"])
def test_what_is_not_there_is_not_logged(
    config: Settings, client: TestClient, analysis: int, address: str
) -> None:
    assert client.get(address).status_code == 404
    with session(config) as opened:
        assert audit.count(opened, action="key_frames.exported") == 0


def test_a_frame_that_was_altered_is_not_handed_out(config: Settings, analysis: int) -> None:
    with session(config) as opened:
        opened.execute(update(Artifact).where(Artifact.frame_index == 10).values(sha256="0" * 64))
    with pytest.raises(TelltaleError, match="no longer what the analysis kept"):
        take(config, DESK, analysis)
    assert take(config, DESK, analysis, 35)[1]


def test_whoever_may_not_export_takes_nothing(config: Settings, analysis: int) -> None:
    with pytest.raises(NotAllowed):
        take(config, person(config, "nobody", None), analysis)


def test_the_page_says_that_it_sends_nothing_and_what_an_upload_gives_away(opened: Open, analysis: int) -> None:
    desk = section(opened, analysis)
    words = text_of(desk)
    assert "Telltale sends nothing. You do" in words and "Save all 2 as a zip" in words
    assert [link.proto.url for link in desk.get("link_button")] == list(ENGINES.values())
    (tiles,) = [one.proto.body for one in desk.get("html") if "/key-frames/" in one.proto.body]
    assert f'href="/key-frames/{analysis}/35.jpg"' in tiles
    assert not any(urlsplit(url).query for url in ENGINES.values())  # no address of a picture goes along


def test_without_a_kept_frame_the_page_says_how_to_go_on(config: Settings, opened: Open) -> None:
    number = store(config, evidence(clip(), ()))
    assert "kept no frame" in text_of(section(opened, number))
