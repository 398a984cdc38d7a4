"""What the browser fetches: ranges of originals, pictures, the player's evidence; and what it may not."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.settings import Settings
from dashboard.routes import ROUTES, content_type
from db import jobs
from db.session import session
from pipelines.originals import path_of
from pipelines.playback import folder_of
from tests.dashboard.stored import CLIP, clip, evidence, put_clip, store, track

SHA256 = CLIP
UPLOAD = {"X-Telltale": "upload"}


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES)) as opened:
        yield opened


@pytest.fixture
def analysis(config: Settings) -> int:
    return store(config, evidence(clip(sha256=SHA256), (track("A", 3.0, "signs"),)), (("A", 2),))


def test_a_range_of_an_original(config: Settings, client: TestClient, analysis: int) -> None:
    whole = put_clip(config, SHA256)
    part = client.get(f"/originals/{SHA256}", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == whole[10:20]
    assert part.headers["content-type"] == "video/mp4"
    assert part.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["/originals/{}", "/frames/{}", "/copies/{}", "/copies/{}.mp4"])
def test_an_original_that_was_changed_is_refused_with_a_sentence(
    config: Settings, client: TestClient, analysis: int, address: str
) -> None:
    whole = put_clip(config, SHA256)
    copy = folder_of(config.home, SHA256) / "copy.mp4"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(whole)
    assert client.get(address.format(SHA256)).status_code == 200
    forge(path_of(config.home, SHA256))
    refused = client.get(address.format(SHA256), headers={"Range": "bytes=0-0"})
    assert (refused.status_code, refused.headers["cache-control"]) == (409, "no-store")
    assert "no longer matches its hash" in refused.text
    put_clip(config, SHA256)
    assert client.get(address.format(SHA256)).status_code == 200


def test_a_picture_that_was_changed_is_refused_with_a_sentence(
    config: Settings, client: TestClient, analysis: int
) -> None:
    picture = client.get(f"/evidence/{analysis}").json()["pictures"][0]["frame"]
    assert client.get(picture).status_code == 200
    forge(config.home / picture[1:])
    refused = client.get(picture)
    assert (refused.status_code, refused.headers["cache-control"]) == (409, "no-store")
    assert "This picture was changed" in refused.text


def forge(path: Path) -> None:
    """Turn a byte, and set the file's times back, as who wants it to go unseen would."""
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("address", ["d" * 64, "c" * 63, "..%2f..%2ftelltale.sqlite"])
def test_what_is_no_original_is_not_there(client: TestClient, analysis: int, address: str) -> None:
    assert client.get(f"/originals/{address}").status_code == 404


def test_a_file_that_the_database_does_not_know_is_not_served(config: Settings, client: TestClient) -> None:
    put_clip(config, SHA256)
    assert client.get(f"/originals/{SHA256}").status_code == 404


def test_the_times_of_all_frames_are_there(config: Settings, client: TestClient, analysis: int) -> None:
    put_clip(config, SHA256)
    answer = client.get(f"/frames/{SHA256}")
    assert np.frombuffer(answer.content, "<f8") == pytest.approx([n / 20 for n in range(100)])
    assert "immutable" in answer.headers["cache-control"]


def test_a_copy_is_begun_by_the_first_who_asks_how_far_it_is(
    config: Settings, client: TestClient, analysis: int
) -> None:
    put_clip(config, SHA256)
    assert client.get(f"/copies/{SHA256}.mp4").status_code == 404
    until = time.monotonic() + 120
    while "ready" not in (state := client.get(f"/copies/{SHA256}").json()):
        assert time.monotonic() < until and state["refused"] is None and 0 <= state["share"] <= 1
        time.sleep(0.1)
    part = client.get(state["ready"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")


@pytest.mark.parametrize("address", ["/frames", "/copies"])
@pytest.mark.parametrize("sha256", ["d" * 64, "c" * 63, "..%2f..%2ftelltale.sqlite"])
def test_what_is_no_original_has_no_times_and_no_copy(
    client: TestClient, analysis: int, address: str, sha256: str
) -> None:
    assert client.get(f"{address}/{sha256}").status_code == 404


def test_the_pictures_of_the_evidence_are_there(client: TestClient, analysis: int) -> None:
    found = client.get(f"/evidence/{analysis}").json()
    (picture,) = found["pictures"]
    assert picture["time"] == 0.5
    for kind, type_ in (("crop", "image/png"), ("heat", "image/png"), ("frame", "image/jpeg")):
        answer = client.get(picture[kind])
        assert (answer.status_code, answer.headers["content-type"]) == (200, type_)


@pytest.mark.parametrize(
    "path", ["../telltale.sqlite", "..%2ftelltale.sqlite", "%2e%2e/telltale.sqlite", "cc", ""]
)
def test_nothing_beside_the_pictures_is_served(client: TestClient, analysis: int, path: str) -> None:
    assert client.get(f"/artifacts/{path}").status_code == 404


def test_the_evidence_has_the_bands_as_scores(client: TestClient, analysis: int) -> None:
    found = client.get(f"/evidence/{analysis}").json()
    assert found["thresholds"] == pytest.approx({"signs": 0.8176, "no_signs": 0.2689}, abs=1e-4)
    assert found["tracks"][0]["words"] == "Signs of manipulation"
    assert found["tracks"][0]["frames"][2]["box"] == [22.0, 10.0, 30.0, 40.0]
    assert client.get("/evidence/999").status_code == 404


def test_an_upload_becomes_an_original_and_a_job(config: Settings, client: TestClient) -> None:
    content = put_clip(config, "e" * 64)
    answer = client.post(
        "/upload?name=a/b%0Aclip.mp4&priority=urgent&samples_per_second=2", content=content, headers=UPLOAD
    ).json()
    assert answer["message"] is None
    with session(config) as opened:
        job = jobs.get(opened, answer["job"])
    assert job is not None
    assert (job.name, job.priority, job.state) == ("b clip.mp4", "urgent", "queued")
    assert job.samples_per_second == 2.0
    assert client.get(f"/originals/{job.sha256}").content == content


def test_a_refused_upload_says_why_and_leaves_nothing(config: Settings, client: TestClient) -> None:
    answer = client.post("/upload?name=x.mp4", content=b"this is text", headers=UPLOAD).json()
    assert "not a video or a picture" in answer["message"]
    assert not list((config.home / "incoming").iterdir())
    with session(config) as opened:
        job = jobs.get(opened, answer["job"])
    assert job is not None and job.state == "failed"


def test_too_large_an_upload_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.settings import settings

    monkeypatch.setenv("TELLTALE_MAX_BYTES", "1000")
    settings.cache_clear()
    answer = client.post("/upload?name=x.mp4", content=b"0" * 2000, headers=UPLOAD).json()
    assert "larger than" in answer["message"]


def test_uploads_of_other_sites_are_refused(client: TestClient) -> None:
    assert client.post("/upload?name=x.mp4", content=b"0").status_code == 403


@pytest.mark.parametrize(
    ("wish", "status", "said"),
    [
        ("priority=first", 400, "can't read"),
        ("case_id=the%20first", 400, "can't read"),
        ("case_id=4711", 409, "no such case"),
        ("samples_per_second=1000", 409, "0.1 to 30"),
    ],
)
def test_a_wish_that_can_not_be_met_takes_nothing_in(
    config: Settings, client: TestClient, wish: str, status: int, said: str
) -> None:
    answer = client.post(f"/upload?name=x&{wish}", content=b"0", headers=UPLOAD)
    assert answer.status_code == status and said in answer.json()["message"]
    with session(config) as opened:
        assert not jobs.latest(opened)


@pytest.mark.parametrize(
    ("container", "type_"),
    [("mov", "video/mp4"), ("matroska", "video/webm"), ("gif", "image/gif"), ("jpeg", "image/jpeg")],
)
def test_files_are_called_what_they_are(container: str, type_: str) -> None:
    assert content_type(replace(clip(), container=container)) == type_
