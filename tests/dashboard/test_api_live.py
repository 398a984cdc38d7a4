"""The API in the running desk: beside the pages, under the same host check, with a stream as its body."""

import json
import urllib.request
from urllib.error import HTTPError

import pytest

from core.settings import ROOT
from tests.dashboard.live import Live

SAMPLE = ROOT / "samples" / "portrait_genuine.mp4"


@pytest.fixture(scope="module")
def desk(live: Live) -> tuple[str, str]:
    """Where the API of a running desk is, and a token."""
    return f"{live.address}/api/v1", live.token()


def test_a_file_goes_in_and_its_job_is_told(desk: tuple[str, str]) -> None:
    base, token = desk
    sent = urllib.request.Request(f"{base}/files?name=portrait.mp4", SAMPLE.read_bytes(), method="POST")
    status, job = ask(sent, token)
    assert (status, job["state"], job["name"]) == (202, "queued", "portrait.mp4")
    assert ask(urllib.request.Request(f"{base}/jobs/{job['id']}"), token) == (200, job)


def test_without_a_token_it_says_no(desk: tuple[str, str]) -> None:
    status, said = ask(urllib.request.Request(f"{desk[0]}/me"), None)
    assert (status, said["error"]["code"]) == (401, "no_token")


def test_it_answers_under_its_own_name_only(desk: tuple[str, str]) -> None:
    other = urllib.request.Request(f"{desk[0]}/openapi.json", headers={"Host": "elsewhere.example"})
    with pytest.raises(HTTPError) as refusal:
        urllib.request.urlopen(other, timeout=30)
    assert refusal.value.code == 400


def test_the_description_is_there_without_a_token(desk: tuple[str, str]) -> None:
    with urllib.request.urlopen(f"{desk[0]}/docs", timeout=30) as page:
        assert b"Submit a file" in page.read()


def ask(request: urllib.request.Request, token: str | None) -> tuple[int, dict[str, object]]:
    """Status and JSON of an answer."""
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)
