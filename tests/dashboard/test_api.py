"""The desk for programs: with tokens of people in every role, and of nobody."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.testclient import TestClient

from core.settings import Settings, settings
from dashboard.api import MOUNT
from dashboard.api.guard import STRANGERS, Pace, TooMany, pace
from dashboard.routes import ROUTES
from db import audit, case_file, cases, jobs, people, verdicts
from db.cases import Asked
from db.models_people import Role
from db.session import session
from tests.actors import DESK, person
from tests.dashboard.stored import clip, done_job, evidence, put_clip, store, track

SHA256 = "c" * 64
HOSTS = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost"])
Headers = dict[str, str]
Token = Callable[[str, Role | None], Headers]


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """The API as the app mounts it; `test_api_live` asks the running server itself."""
    pace.forget()
    mounted = Starlette(routes=[*ROUTES, MOUNT], middleware=[HOSTS])
    with TestClient(mounted, base_url="http://localhost/api/v1/", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def token(config: Settings) -> Token:
    """The header with which a program of a person asks."""

    def header(login: str, role: Role | None = "analyst") -> Headers:
        user = person(config, login, "analyst")
        with session(config) as opened:
            secret = people.new_token(opened, user, "tests")
            if role != "analyst":
                people.set_role(opened, DESK, user.id, role)
        return {"Authorization": f"Bearer {secret}"}

    return header


@pytest.fixture
def ana(token: Token) -> Headers:
    return token("ana", "analyst")


@pytest.fixture
def analysis(config: Settings) -> int:
    return store(config, evidence(clip(sha256=SHA256), (track("A", 3.0, "signs"),)), (("A", 2),))


def refused(answer: Any, status: int, code: str) -> str:
    """An answer is this refusal; gives its words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == code
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"]["message"])


ASKED = [
    ("GET", "me"),
    ("POST", "files?name=x.mp4"),
    ("POST", "links"),
    ("GET", "jobs/1"),
    ("GET", "jobs/1/result"),
    ("POST", "jobs/1/cancel"),
    ("POST", "jobs/1/retry"),
    ("POST", "jobs/1/pause"),
    ("POST", "jobs/1/resume"),
    ("POST", "jobs/1/hurry"),
    ("GET", "analyses"),
    ("GET", "analyses/1"),
    ("POST", "analyses/1/again"),
    ("GET", "models"),
    ("GET", f"files/{SHA256}/verdicts"),
    ("POST", f"files/{SHA256}/verdicts"),
    ("POST", f"files/{SHA256}/verdicts/1/opinions"),
    ("POST", f"files/{SHA256}/verdicts/1/sign-off"),
    ("POST", "analyses/1/reports"),
    ("POST", "cases/1/reports"),
    ("GET", "reports/TT-1"),
    ("GET", "reports/TT-1/file"),
]


def test_every_call_is_tried_below(client: TestClient) -> None:
    listed = {
        (method.upper(), path) for path, calls in client.get("openapi.json").json()["paths"].items() for method in calls
    }
    assert len(listed) == len(ASKED)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_without_a_token_nothing_is_told(client: TestClient, analysis: int, method: str, path: str) -> None:
    answer = client.request(method, path)
    refused(answer, 401, "no_token")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_without_a_role_nothing_is_told(
    client: TestClient, token: Token, analysis: int, method: str, path: str
) -> None:
    refused(client.request(method, path, headers=token("nobody", None)), 403, "not_allowed")


def test_a_token_that_was_revoked_is_worth_nothing(client: TestClient, config: Settings, ana: Headers) -> None:
    assert client.get("me", headers=ana).json()["login"] == "ana"
    with session(config) as opened:
        user = people.by_login(opened, "ana")
        assert user is not None
        people.revoke_token(opened, user, people.tokens(opened, user.id)[0].id)
    refused(client.get("me", headers=ana), 401, "bad_token")


def test_who_was_shut_out_is_out(client: TestClient, config: Settings, ana: Headers) -> None:
    with session(config) as opened:
        user = people.by_login(opened, "ana")
        assert user is not None
        people.set_active(opened, DESK, user.id, False)
    refused(client.get("me", headers=ana), 401, "bad_token")


def test_no_cookie_and_no_address_stands_for_a_token(client: TestClient, ana: Headers) -> None:
    secret = ana["Authorization"].removeprefix("Bearer ")
    for name in ("telltale", "token", "Authorization"):
        client.cookies.set(name, secret)
    refused(client.get("me", params={"token": secret}), 401, "no_token")
    refused(client.get("me", headers={"Authorization": f"Basic {secret}"}), 401, "no_token")


def test_another_site_may_not_ask(client: TestClient, ana: Headers) -> None:
    asking = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    asking["Access-Control-Request-Headers"] = "authorization"
    assert "access-control-allow-origin" not in client.options("me", headers=asking).headers
    assert client.get("http://elsewhere.example/api/v1/me", headers=ana).status_code == 400


def test_a_file_is_submitted_followed_and_found(client: TestClient, config: Settings, ana: Headers) -> None:
    with session(config) as opened:
        case = cases.start(opened, DESK, Asked("Is it real?"))
    content = put_clip(config, "e" * 64)
    asked = f"files?name=a/b%0Aclip.mp4&priority=urgent&case={case}&samples_per_second=8"
    answer = client.post(asked, content=content, headers=ana)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["name"], job["priority"], job["state"]) == ("b clip.mp4", "urgent", "queued")
    assert (job["case_title"], job["samples_per_second"]) == ("Is it real?", 8.0)
    assert client.get(f"jobs/{job['id']}", headers=ana).json()["sha256"] == job["sha256"]
    refused(client.get(f"jobs/{job['id']}/result", headers=ana), 422, "not_done")
    assert client.post(f"jobs/{job['id']}/pause", headers=ana).json()["state"] == "paused"
    assert client.post(f"jobs/{job['id']}/resume", headers=ana).json()["state"] == "queued"
    assert client.post(f"jobs/{job['id']}/cancel", headers=ana).json()["state"] == "cancelled"
    assert client.post(f"jobs/{job['id']}/retry", headers=ana).json()["state"] == "queued"
    refused(client.post(f"jobs/{job['id']}/retry", headers=ana), 422, "not_retryable")
    other = put_clip(config, "d" * 64)
    later = client.post("files?name=later.mp4&priority=background", content=other, headers=ana).json()
    assert client.post(f"jobs/{later['id']}/hurry", headers=ana).json()["priority"] == "urgent"
    with session(config) as opened:
        found = case_file.get(opened, case)
    assert found is not None and [item.sha256 for item in found.exhibits] == [job["sha256"]]


def test_a_page_is_submitted_where_an_admin_allows_its_site(
    client: TestClient, ana: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = {"address": "https://clips.example/1", "priority": "urgent"}
    refused(client.post("links", json=page, headers=ana), 422, "links_off")
    monkeypatch.setenv("TELLTALE_LINK_HOSTS", "clips.example")
    settings.cache_clear()
    answer = client.post("links", json=page, headers=ana)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["address"], job["priority"], job["state"]) == (page["address"], "urgent", "queued")
    refused(client.post("links", json=page | {"address": "https://evil.example"}, headers=ana), 422, "site_not_allowed")


def test_a_closed_case_takes_no_file(client: TestClient, config: Settings, ana: Headers) -> None:
    with session(config) as opened:
        case = cases.start(opened, DESK, Asked("Is it real?"))
        cases.close(opened, DESK, case)
    refused(client.post(f"files?name=x.mp4&case={case}", content=b"0", headers=ana), 409, "case_closed")
    refused(client.post("files?name=x.mp4&samples_per_second=99", content=b"0", headers=ana), 422, "bad_sampling")


def test_a_refused_file_says_why_and_leaves_nothing(client: TestClient, config: Settings, ana: Headers) -> None:
    said = refused(client.post("files?name=x.mp4", content=b"this is text", headers=ana), 422, "not_media")
    assert "not a video or a picture" in said
    assert not list((config.home / "incoming").iterdir())
    failed = client.get("jobs/1/result", headers=ana).json()
    assert (failed["status"], failed["score"], failed["error"]["code"]) == ("failed", None, "not_media")
    assert failed["media"]["name"] == "x.mp4"


def test_too_large_a_file_is_cut_off(
    client: TestClient, config: Settings, ana: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_MAX_BYTES", "1000")
    settings.cache_clear()
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(50):
            sent += 500
            yield b"0" * 500

    refused(client.post("files?name=x.mp4", content=endless(), headers=ana), 413, "too_large")
    assert not list((config.home / "incoming").iterdir())


def test_results_are_what_the_command_writes(client: TestClient, config: Settings, ana: Headers, analysis: int) -> None:
    found = client.get(f"analyses/{analysis}", headers=ana).json()
    promised = {"media", "status", "band", "score", "raw_score", "tracks", "findings", "model", "timing", "error"}
    assert promised <= found.keys()
    assert (found["status"], found["band"], found["media"]["sha256"]) == ("analysed", "signs", SHA256)
    assert "heatmaps" not in found
    job = done_job(config, analysis, "clip.mp4")
    assert client.get(f"jobs/{job}/result", headers=ana).json() == found


def test_the_history_is_searched(client: TestClient, config: Settings, ana: Headers) -> None:
    ids = [
        store(config, evidence(clip(f"clip {number}.mp4", f"{number:x}" * 64), (track("A", raw, band),)))
        for number, (raw, band) in enumerate([(3.0, "signs"), (-2.0, "no_signs"), (0.0, "inconclusive")])
    ]
    whole = client.get("analyses", headers=ana).json()
    assert [row["analysis_id"] for row in whole["rows"]] == ids[::-1] and whole["total"] == 3
    first = client.get("analyses?limit=2", headers=ana).json()
    rest = client.get(f"analyses?limit=2&after={first['after']}", headers=ana).json()
    assert [row["analysis_id"] for row in rest["rows"]] == ids[:1] and rest["first"] == 3
    assert client.get(f"analyses?limit=2&before={rest['before']}", headers=ana).json() == first
    some = client.get("analyses", params={"text": "CLIP", "band": ["signs", "no_signs"]}, headers=ana).json()
    assert some["total"] == 2
    assert client.get("analyses?since=2100-01-01T00:00:00Z", headers=ana).json()["total"] == 0
    refused(client.get("analyses?since=2100-01-01T00:00:00", headers=ana), 422, "no_zone")
    assert "band" in refused(client.get("analyses?band=fake", headers=ana), 422, "bad_request")
    refused(client.get("analyses?limit=100000", headers=ana), 422, "bad_request")


VERDICT = {"picture": "manipulated", "confidence": "high", "reason": "The mouth lags."}


def test_verdicts_are_given_confirmed_and_signed(
    client: TestClient, config: Settings, token: Token, ana: Headers, analysis: int
) -> None:
    base, other, editor = f"files/{SHA256}/verdicts", token("ben", "analyst"), token("eva", "editor")
    given = client.post(base, json=VERDICT, headers=ana)
    assert given.status_code == 201, given.text
    one = given.json()
    assert (one["picture"], one["user"]["login"], one["current"]) == ("manipulated", "ana", True)
    refused(client.post(base, json=VERDICT, headers=other), 409, "verdict_moved")
    refused(client.post(f"{base}/{one['id']}/opinions", json={"stance": "confirm"}, headers=ana), 409, "own_verdict")
    confirmed = client.post(f"{base}/{one['id']}/opinions", json={"stance": "confirm"}, headers=other)
    assert confirmed.json()["opinions"][0]["stance"] == "confirm"
    refused(client.post(f"{base}/{one['id']}/sign-off", headers=other), 403, "not_allowed")
    signed = client.post(f"{base}/{one['id']}/sign-off", headers=editor)
    assert signed.json()["sign_off"]["user"]["login"] == "eva"
    refused(client.post(f"{base}/{one['id']}/sign-off", headers=editor), 409, "signed_off")
    differs = client.post(base, json=VERDICT | {"picture": "authentic", "instead_of": one["id"]}, headers=other)
    assert differs.json()["supersedes_id"] == one["id"]
    assert [row["current"] for row in client.get(base, headers=ana).json()] == [True, False]
    (row,) = client.get("analyses?agreement=differ&verdict=authentic", headers=ana).json()["rows"]
    assert (row["verdict"], row["band"], row["agreement"]) == ("authentic", "signs", "differ")
    with session(config) as opened:
        assert verdicts.current(opened, row["media_id"]) is not None


def test_a_verdict_is_named_with_its_own_file(
    client: TestClient, config: Settings, ana: Headers, analysis: int
) -> None:
    store(config, evidence(clip("other.mp4", "d" * 64), ()))
    one = client.post(f"files/{SHA256}/verdicts", json=VERDICT, headers=ana).json()
    wrong = f"files/{'d' * 64}/verdicts/{one['id']}/opinions"
    refused(client.post(wrong, json={"stance": "confirm"}, headers=ana), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "jobs/99", "not_found"),
        ("GET", "analyses/99", "not_found"),
        ("POST", "analyses/99/again", "not_found"),
        ("GET", f"files/{'9' * 64}/verdicts", "not_found"),
        ("GET", "no/such/thing", "not_found"),
        ("POST", "analyses/99/reports", "no_subject"),
        ("POST", "cases/99/reports", "no_subject"),
        ("GET", "reports/TT-1", "not_found"),
        ("GET", "reports/..%2F..%2Ftelltale/file", "not_found"),
    ],
)
def test_what_is_not_there_is_said_so(client: TestClient, ana: Headers, method: str, path: str, code: str) -> None:
    refused(client.request(method, path, headers=ana), 404, code)


def test_a_fault_of_ours_tells_nothing_of_itself(
    client: TestClient, ana: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(jobs, "get", broken)
    assert "secret" not in refused(client.get("jobs/1", headers=ana), 500, "fault")


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("csv", b"\xef\xbb\xbf"), ("json", b"{")])
def test_a_report_is_issued_and_fetched(
    client: TestClient, config: Settings, ana: Headers, analysis: int, kind: str, begins: bytes
) -> None:
    issued = client.post(f"analyses/{analysis}/reports?format={kind}", headers=ana)
    assert issued.status_code == 201, issued.text
    row = issued.json()
    assert client.get(f"reports/{row['reference']}", headers=ana).json() == row
    fetched = client.get(f"reports/{row['reference']}/file", headers=ana)
    assert fetched.content.startswith(begins)
    assert hashlib.sha256(fetched.content).hexdigest() == row["file_sha256"]
    assert row["reference"] in fetched.headers["content-disposition"]
    with session(config) as opened:
        assert [audit.count(opened, action=f"report.{done}") for done in ("issued", "fetched")] == [1, 1]


def test_a_report_on_a_case_holds_its_exhibits(
    client: TestClient, config: Settings, ana: Headers, analysis: int
) -> None:
    with session(config) as opened:
        case = cases.start(opened, DESK, Asked("Is it real?"))
        cases.add_item(opened, DESK, case, 1)
    row = client.post(f"cases/{case}/reports?format=json", headers=ana).json()
    told = client.get(f"reports/{row['reference']}/file", headers=ana).json()
    assert [one["sha256"] for one in told["exhibits"]] == [SHA256]


def test_an_analysis_is_asked_for_again(client: TestClient, config: Settings, ana: Headers, analysis: int) -> None:
    answer = client.post(f"analyses/{analysis}/again", headers=ana)
    assert (answer.status_code, answer.json()["state"], answer.json()["sha256"]) == (202, "queued", SHA256)


def test_who_asks_too_often_waits(
    client: TestClient, ana: Headers, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_API_REQUESTS", "3")
    settings.cache_clear()
    assert [client.get("me", headers=ana).status_code for _ in range(4)] == [200, 200, 200, 429]
    late = client.get("me", headers=ana)
    refused(late, 429, "too_many")
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert client.get("me", headers=token("ben", "analyst")).status_code == 200


def test_tokens_can_not_be_guessed_at_will(client: TestClient) -> None:
    tried = [client.get("me", headers={"Authorization": f"Bearer {number}"}) for number in range(STRANGERS + 2)]
    assert {one.status_code for one in tried[:STRANGERS]} == {401}
    assert tried[-1].status_code == 429


def test_pace_comes_back_with_time() -> None:
    now = 0.0
    paced = Pace(lambda: now)
    for _ in range(60):
        paced.spend("ana", 60)
    with pytest.raises(TooMany) as refusal:
        paced.spend("ana", 60)
    assert refusal.value.seconds == 1
    paced.spend("ben", 60)
    now = 1.01
    paced.spend("ana", 60)
    with pytest.raises(TooMany):
        paced.spend("ana", 60)


def test_the_description_is_a_page_that_fetches_nothing(client: TestClient) -> None:
    answer = client.get("docs")
    assert answer.status_code == 200 and "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text and "http:" not in answer.text and "https:" not in answer.text
    for said in ("POST /api/v1/files", "Sign a verdict off", "manipulated | synthetic", "needed"):
        assert said in answer.text
