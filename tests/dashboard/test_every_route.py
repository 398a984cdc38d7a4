"""Every address of the desk's own, asked by everybody: one that is new and stands not in this table fails a test.

Colleagues share the desk: whoever has a role sees every file, result and report on it, and no address is a secret.
What somebody keeps for herself (tokens, password, sign-ins) has no address at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from core.settings import Settings
from dashboard.api import api
from dashboard.api.guard import LARGEST_BODY, pace
from dashboard.app import app
from dashboard.who import COOKIE
from db import cases, people
from db.cases import Asked
from db.models_people import Role
from db.session import session
from pipelines.reports.issue import issue
from tests.actors import DESK
from tests.dashboard.signed_in import account, secret_of
from tests.dashboard.stored import CLIP, clip, done_job, evidence, put_clip, store, track

SHA256 = CLIP
ROLES: tuple[Role, ...] = ("analyst", "editor", "admin")
EDITORS: tuple[Role, ...] = ("editor", "admin")
OURS = {"X-Telltale": "upload"}


@dataclass(frozen=True)
class Address:
    """How a route is asked so that there is something to be had; `by` is what it reads: cookie, token, or nothing."""

    path: str  # with the names of what `there` gives
    by: str = "token"
    roles: tuple[Role, ...] = ROLES
    said: Any = None
    there: bool = True  # a GET finds something; else what it shows would have to be made from a real clip first


EVERY: dict[tuple[str, str], Address] = {
    ("GET", "/originals/{sha256}"): Address("/originals/{sha256}", "cookie"),
    ("GET", "/frames/{sha256}"): Address("/frames/{sha256}", "cookie", there=False),
    ("GET", "/copies/{sha256}"): Address("/copies/{sha256}", "cookie", there=False),
    ("GET", "/copies/{sha256}.mp4"): Address("/copies/{sha256}.mp4", "cookie", there=False),
    ("GET", "/artifacts/{path:path}"): Address("/{artifact}", "cookie"),
    ("GET", "/evidence/{analysis:int}"): Address("/evidence/{analysis}", "cookie"),
    ("GET", "/key-frames/{analysis:int}.zip"): Address("/key-frames/{analysis}.zip", "cookie"),
    ("GET", "/key-frames/{analysis:int}/{index:int}.jpg"): Address("/key-frames/{analysis}/10.jpg", "cookie"),
    ("GET", "/reports/{name}"): Address("/reports/{report}.csv", "cookie"),
    ("GET", "/case-archives/{case:int}.zip"): Address("/case-archives/{case}.zip", "cookie", roles=EDITORS),
    ("POST", "/case-archives"): Address("/case-archives", "cookie", roles=EDITORS, said=b"no archive"),
    ("POST", "/upload"): Address("/upload?name=a.mp4", "cookie", said=b"no media"),
    ("GET", "/healthz"): Address("/healthz", "nothing", there=False),  # this machine, or a token of its own
    ("GET", "/metrics"): Address("/metrics", "nothing", there=False),
    ("POST", "/sign-in"): Address("/sign-in", "nothing"),
    ("POST", "/sign-in/provider"): Address("/sign-in/provider", "nothing"),
    ("POST", "/sign-out"): Address("/sign-out", "nothing"),
    ("GET", "/api/v1/docs"): Address("/api/v1/docs", "nothing"),
    ("GET", "/api/v1/openapi.json"): Address("/api/v1/openapi.json", "nothing"),
    ("GET", "/api/v1/me"): Address("/api/v1/me"),
    ("GET", "/api/v1/models"): Address("/api/v1/models"),
    ("POST", "/api/v1/files"): Address("/api/v1/files?name=a.mp4", said=b"no media"),
    ("POST", "/api/v1/links"): Address("/api/v1/links", said={}),
    ("GET", "/api/v1/jobs/{job}"): Address("/api/v1/jobs/{job}"),
    ("GET", "/api/v1/jobs/{job}/result"): Address("/api/v1/jobs/{job}/result"),
    ("POST", "/api/v1/jobs/{job}/cancel"): Address("/api/v1/jobs/{job}/cancel"),
    ("POST", "/api/v1/jobs/{job}/retry"): Address("/api/v1/jobs/{job}/retry"),
    ("POST", "/api/v1/jobs/{job}/pause"): Address("/api/v1/jobs/{job}/pause"),
    ("POST", "/api/v1/jobs/{job}/resume"): Address("/api/v1/jobs/{job}/resume"),
    ("POST", "/api/v1/jobs/{job}/hurry"): Address("/api/v1/jobs/{job}/hurry"),
    ("GET", "/api/v1/analyses"): Address("/api/v1/analyses"),
    ("GET", "/api/v1/analyses/{analysis}"): Address("/api/v1/analyses/{analysis}"),
    ("POST", "/api/v1/analyses/{analysis}/again"): Address("/api/v1/analyses/{analysis}/again"),
    ("POST", "/api/v1/analyses/{analysis}/reports"): Address("/api/v1/analyses/{analysis}/reports?format=csv"),
    ("POST", "/api/v1/cases/{case}/reports"): Address("/api/v1/cases/{case}/reports?format=csv"),
    ("GET", "/api/v1/reports/{reference}"): Address("/api/v1/reports/{report}"),
    ("GET", "/api/v1/reports/{reference}/file"): Address("/api/v1/reports/{report}/file"),
    ("GET", "/api/v1/files/{sha256}/verdicts"): Address("/api/v1/files/{sha256}/verdicts"),
    ("POST", "/api/v1/files/{sha256}/verdicts"): Address("/api/v1/files/{sha256}/verdicts", said={}),
    ("POST", "/api/v1/files/{sha256}/verdicts/{verdict}/opinions"): Address(
        "/api/v1/files/{sha256}/verdicts/9/opinions", said={"stance": "confirm"}
    ),
    ("POST", "/api/v1/files/{sha256}/verdicts/{verdict}/sign-off"): Address(
        "/api/v1/files/{sha256}/verdicts/9/sign-off", roles=EDITORS
    ),
}
GUARDED = {route: address for route, address in EVERY.items() if address.by != "nothing"}


def own_routes() -> set[tuple[str, str]]:
    """What the running app answers beside Streamlit, from its own tables."""
    found = {
        (method, route.path)
        for route in app._user_routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    assert [route.path for route in app._user_routes if isinstance(route, Mount)] == ["/api/v1"]
    plain = {("GET", "/api/v1" + route.path) for route in api.routes if isinstance(route, Route)}
    told = {
        (method.upper(), "/api/v1" + path) for path, methods in api.openapi()["paths"].items() for method in methods
    }
    return {route for route in found | plain | told if route[0] != "HEAD"} | {("GET", "/api/v1/docs")}


def test_every_route_stands_in_this_table() -> None:
    assert own_routes() == EVERY.keys()


@pytest.fixture
def client(local: Settings) -> Iterator[TestClient]:
    pace.forget()
    with TestClient(Starlette(routes=app._user_routes), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture
def there(local: Settings) -> dict[str, Any]:
    """A colleague's clip, its analysis, job, report and case."""
    ada = account(local, "ada")
    put_clip(local, SHA256)
    found = evidence(clip(sha256=SHA256), (track("A", 3.0, "signs"),))
    analysis = store(local, found, (("A", 2),))
    report = issue(local, ada, "analysis", analysis, "csv").reference
    job = done_job(local, analysis, "clip.mp4")
    with session(local) as opened:
        case = cases.start(opened, ada, Asked("Her case", "Is it true?"))
    artifact = next((local.home / "artifacts").rglob("*.png")).relative_to(local.home)
    return {"sha256": SHA256, "analysis": analysis, "report": report, "job": job, "case": case, "artifact": artifact}


Ask = Callable[[tuple[str, str], str, str], Any]


@pytest.fixture
def ask(client: TestClient, there: dict[str, Any]) -> Ask:
    """Asks a route with this cookie and this token; gives the answer."""

    def asked(route: tuple[str, str], cookie: str, token: str) -> Any:
        address = EVERY[route]
        headers = OURS | ({"Authorization": f"Bearer {token}"} if token else {})
        body = {"content": address.said} if isinstance(address.said, bytes) else {"json": address.said}
        client.cookies.clear()
        client.cookies.set(COOKIE, cookie)
        return client.request(route[0], address.path.format(**there), headers=headers, **body)

    return asked


def keys(config: Settings, login: str, role: Role | None) -> tuple[str, str]:
    """Cookie and token of somebody."""
    user = account(config, login)
    with session(config) as opened:
        token = people.new_token(opened, user, "tests")
        people.set_role(opened, DESK, user.id, role)
    return secret_of(config, user), token


def test_nobody_and_strangers_are_refused_everywhere(local: Settings, ask: Ask) -> None:
    cookie, token = keys(local, "eve", "admin")
    for route in GUARDED:
        for tried in (("", ""), (cookie[:-1] + "-", token[:-1] + "-"), ("1", "1")):
            pace.forget()
            answer = ask(route, *tried)
            assert answer.status_code == 401, (route, tried)
            assert answer.headers["cache-control"] == "no-store"


def test_without_a_role_nothing_is_answered(local: Settings, ask: Ask) -> None:
    cookie, token = keys(local, "eve", None)
    assert {route: ask(route, cookie, token).status_code for route in GUARDED} == dict.fromkeys(GUARDED, 403)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_answered_what_it_may_ask_and_no_more(local: Settings, ask: Ask, role: Role) -> None:
    cookie, token = keys(local, "bob", role)
    for route, address in GUARDED.items():
        status = ask(route, cookie, token).status_code
        assert (status == 403) == (role not in address.roles), (route, status)
        assert status not in (401, 500), (route, status)
        if route[0] == "GET" and address.there:  # a colleague's things are there to be seen
            assert status == 200 or role not in address.roles, (route, status)


def test_a_cookie_opens_no_api_and_a_token_no_page(local: Settings, ask: Ask) -> None:
    cookie, token = keys(local, "bob", "admin")
    for route, address in GUARDED.items():
        pace.forget()
        given = ("", token) if address.by == "cookie" else (cookie, "")
        assert ask(route, *given).status_code == 401, route


def test_a_stranger_learns_not_even_what_is_there(client: TestClient, there: dict[str, Any]) -> None:
    for route, address in GUARDED.items():
        if route[0] == "GET":
            nothing = dict.fromkeys(there, 999) | {"sha256": "d" * 64, "artifact": "artifacts/none.png"}
            tried = [client.get(address.path.format(**names)) for names in (there, nothing)]
            assert tried[0].content == tried[1].content, route


@pytest.mark.parametrize("route", [route for route in EVERY if route[0] == "POST" and EVERY[route].by != "token"])
def test_another_site_s_form_changes_nothing(local: Settings, client: TestClient, route: tuple[str, str]) -> None:
    client.cookies.set(COOKIE, secret_of(local, account(local, "bob", "admin")))
    form = {"login": "bob", "password": "x"}
    answer = client.post(EVERY[route].path, data=form, headers={"Origin": "https://x.example"})
    assert answer.status_code in (400, 403) and "set-cookie" not in answer.headers
    asked_first = {"Origin": "https://x.example", "Access-Control-Request-Headers": "x-telltale"}
    answer = client.options(EVERY[route].path, headers=asked_first)
    assert answer.status_code == 405 and "access-control-allow-origin" not in answer.headers


def test_the_api_holds_no_more_than_it_must(local: Settings, client: TestClient) -> None:
    too_much = b"[" + b"1," * LARGEST_BODY
    answer = client.post(f"/api/v1/files/{SHA256}/verdicts", content=too_much)  # before anybody asks whose it is
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
