"""Tries to get in all the same: through pages, video, upload, export and API, as everybody who may not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from dashboard.api import MOUNT
from dashboard.api.guard import pace
from dashboard.door import DOOR
from dashboard.routes import ROUTES
from db import jobs, people
from db.models import now
from db.models_people import Role, SignIn
from db.session import session
from pipelines.reports.issue import issue
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.dashboard.stored import CLIP, clip, evidence, put_clip, store, track

SHA256 = CLIP
UPLOAD = {"X-Telltale": "upload"}
SCREENS = ["queue", "review", "compare", "cases", "case", "history", "models", "lab", "account", "people", "log",
           "system"]  # fmt: skip
ROLES: tuple[Role, ...] = ("analyst", "editor", "admin")


def without_role(config: Settings) -> str:
    return secret_of(config, account(config, "eve", None))


def role_taken(config: Settings) -> str:
    eve = account(config, "eve")
    secret = secret_of(config, eve)
    with session(config) as opened:
        people.set_role(opened, DESK, eve.id, None)
    return secret


def deactivated(config: Settings) -> str:
    eve = account(config, "eve")
    with session(config) as opened:
        people.set_active(opened, DESK, eve.id, False)
    return secret_of(config, eve)  # even if one were left


def expired(config: Settings) -> str:
    return secret_of(config, account(config, "eve"), timedelta(seconds=-1))


def idle(config: Settings) -> str:
    secret = secret_of(config, account(config, "eve"))
    with session(config) as opened:
        opened.execute(update(SignIn).values(seen_at=now() - timedelta(minutes=config.idle_minutes)))
    return secret


def forged(config: Settings) -> str:
    return secret_of(config, account(config, "eve"))[:-1] + "-"


def fingerprint_of_another_s(config: Settings) -> str:
    return people.fingerprint(secret_of(config, account(config, "eve")))


def login_of_another(config: Settings) -> str:
    return account(config, "eve").login


def api_token(config: Settings) -> str:
    with session(config) as opened:
        return people.new_token(opened, account(config, "eve"), "tests")


def nothing(config: Settings) -> str:
    account(config, "eve")
    return ""


Stranger = Callable[[Settings], str]
STRANGERS: list[Stranger] = [
    without_role, role_taken, deactivated, expired, idle, forged, fingerprint_of_another_s, login_of_another,
    nothing,
]  # fmt: skip


@pytest.fixture
def client(local: Settings) -> Iterator[TestClient]:
    pace.forget()
    with TestClient(Starlette(routes=[*ROUTES, *DOOR, MOUNT]), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture
def addresses(local: Settings) -> list[str]:
    """Everything that a browser fetches, and that is really there."""
    put_clip(local, SHA256)
    number = store(local, evidence(clip(sha256=SHA256), (track("A", 3.0, "signs"),)), (("A", 2),))
    report = issue(local, DESK, "analysis", number, "csv")
    artifact = next(path for path in (local.home / "artifacts").rglob("*.png")).relative_to(local.home)
    clip_s = [f"/originals/{SHA256}", f"/frames/{SHA256}", f"/copies/{SHA256}"]
    frames = [f"/key-frames/{number}.zip", f"/key-frames/{number}/10.jpg"]
    return [*clip_s, f"/evidence/{number}", f"/{artifact}", *frames, f"/reports/{report.file_name}"]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_route_answers(
    local: Settings, client: TestClient, addresses: list[str], stranger: Stranger
) -> None:
    client.cookies.set(who.COOKIE, stranger(local))
    for address in addresses:
        answer = client.get(address, headers={"Range": "bytes=0-9"})
        assert answer.status_code in (401, 403), address
        assert answer.headers["cache-control"] == "no-store"
    with session() as opened:
        before = jobs.counts(opened)
    assert client.post("/upload?name=a.mp4", content=b"x", headers=UPLOAD).status_code in (401, 403)
    with session() as opened:
        assert jobs.counts(opened) == before
    assert not list((local.home / "originals").rglob("*.part"))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_answered(
    local: Settings, client: TestClient, addresses: list[str], role: Role
) -> None:
    client.cookies.set(who.COOKIE, secret_of(local, account(local, "ada", role)))
    assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)
    answer = client.post("/upload?name=a.mp4", content=b"no media", headers=UPLOAD)
    assert answer.status_code == 200 and answer.json()["job"]  # taken in, and refused as no media


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_page_shows_anything(
    local: Settings, addresses: list[str], opened: Open, monkeypatch: pytest.MonkeyPatch, stranger: Stranger,
    screen: str,
) -> None:  # fmt: skip
    secret = stranger(local)
    monkeypatch.setattr(who, "cookie", lambda: secret)
    page = opened(screen)
    assert "Sign in" in text_of(page) or "without a role" in text_of(page)
    for said in ("clip", "Queue", "analysis", "API tokens", "Detector in service", "No generator"):
        assert said not in text_of(page)
    assert not page.button and not page.text_input and not page.selectbox


@pytest.mark.parametrize(
    ("role", "screen"), [("analyst", "people"), ("editor", "people"), ("analyst", "log"), ("editor", "system")]
)
def test_pages_of_higher_roles_are_not_there_for_others(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch, role: Role, screen: str
) -> None:
    secret = secret_of(local, account(local, "ada", role))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    with pytest.raises(ValueError, match="Could not find"):
        opened(screen)


def test_an_admin_who_became_an_analyst_manages_nobody_on_an_open_page(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(local, "root", "admin")
    ada = account(local, "ada", "admin")
    secret = secret_of(local, ada)
    monkeypatch.setattr(who, "cookie", lambda: secret)
    page = opened("people")
    with session() as writing:
        people.set_role(writing, DESK, ada.id, "analyst")
    page.selectbox(key=f"role-{ada.id}").select("admin").run()
    with session() as reading:
        assert people.by_login(reading, "ada") == replace(ada, role="analyst")
    assert "Add somebody" not in str(page)


def test_an_open_page_ends_when_somebody_is_shut_out(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = account(local, "ada")
    secret = secret_of(local, ada)
    monkeypatch.setattr(who, "cookie", lambda: secret)
    page = opened("account")
    assert "API tokens" in text_of(page)
    with session() as writing:
        people.set_active(writing, DESK, ada.id, False)
    page.text_input[0].input("Nightly import")
    press(page, "Make a token")
    assert "Sign in" in text_of(page)
    with session() as reading:
        assert people.tokens(reading, ada.id) == []


def press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(local, account(local, "ada"))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    before = now() - timedelta(minutes=30)
    with session() as writing:
        writing.execute(update(SignIn).values(seen_at=before))
    who.still_allowed()
    with session() as reading:
        assert reading.scalars(select(SignIn.seen_at)).one() == before
    assert who.visitor()
    with session() as reading:
        assert reading.scalars(select(SignIn.seen_at)).one() > before


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_program_may_what_its_user_may(local: Settings, client: TestClient, role: Role | None) -> None:
    eve = account(local, "eve")
    with session() as opened:
        token = people.new_token(opened, eve, "tests")
        people.set_role(opened, DESK, eve.id, role)
    head = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/jobs/9", headers=head).status_code == (403 if role is None else 404)
    signed = client.post(f"/api/v1/files/{SHA256}/verdicts/9/sign-off", headers=head)
    assert signed.status_code == (404 if role in ("editor", "admin") else 403)


@pytest.mark.parametrize("stranger", [*STRANGERS, api_token])
def test_no_cookie_opens_the_api_and_no_token_the_routes(
    local: Settings, client: TestClient, addresses: list[str], stranger: Stranger
) -> None:
    secret = stranger(local)
    client.cookies.set(who.COOKIE, secret)
    assert client.get("/api/v1/jobs/1").status_code == 401
    for address in addresses:
        assert client.get(address, headers={"Authorization": f"Bearer {secret}"}).status_code in (401, 403)


def test_a_closed_account_s_tokens_are_worth_nothing(local: Settings, client: TestClient) -> None:
    eve = account(local, "eve")
    with session() as opened:
        token = people.new_token(opened, eve, "tests")
        people.set_active(opened, DESK, eve.id, False)
    assert client.get("/api/v1/jobs/1", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_from_before_anybody_signed_in_is_worth_nothing(local: Settings, client: TestClient) -> None:
    with session() as opened:
        token = people.new_token(opened, DESK, "tests")
    assert client.get("/api/v1/jobs/1", headers={"Authorization": f"Bearer {token}"}).status_code == 401
