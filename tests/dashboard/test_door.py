"""The door: what is given for a password or a provider's word, and what is not."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import TelltaleError
from core.settings import Settings, settings
from dashboard.door import DOOR
from dashboard.routes import ROUTES
from dashboard.who import COOKIE
from db import audit, people, sign_ins
from db.session import session
from pipelines.signing_in import FRESH, SignInRefused, by_provider, change_password, hashed
from tests.actors import DESK
from tests.dashboard.signed_in import PASSWORD, account, secret_of

OURS = {"X-Telltale": "door"}


@pytest.fixture
def client(local: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[*ROUTES, *DOOR]), base_url="http://localhost") as opened:
        yield opened


def enter(client: TestClient, login: str, password: str = PASSWORD, headers: dict[str, str] = OURS) -> Any:
    return client.post("/sign-in", json={"login": login, "password": password}, headers=headers)


def test_the_right_password_opens_and_its_cookie_can_be_read_by_no_script(
    local: Settings, client: TestClient
) -> None:
    account(local, "ada")
    assert client.get("/evidence/1").status_code == 401
    answer = enter(client, " ADA ")
    assert answer.status_code == 200
    for part in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={12 * 3600}"):
        assert part in answer.headers["set-cookie"]
    assert "Secure" not in answer.headers["set-cookie"]
    assert client.get("/evidence/1").status_code == 404  # let in; there is no such analysis
    with session() as opened:
        assert audit.events(opened, action="signed_in")[0].actor == "ada"


def test_over_https_the_cookie_travels_by_https_only(local: Settings, client: TestClient) -> None:
    account(local, "ada")
    client.base_url = "https://localhost"  # type: ignore[assignment]
    assert "Secure" in enter(client, "ada").headers["set-cookie"]


def test_wrong_password_unknown_login_and_closed_account_are_answered_alike(
    local: Settings, client: TestClient
) -> None:
    ada, _admin = account(local, "ada"), account(local, "root", "admin")
    with session() as opened:
        people.set_active(opened, DESK, ada.id, False)
    tried = ("ada", PASSWORD), ("root", "not this one"), ("nobody", PASSWORD), ("desk", "")
    answers = [enter(client, login, password) for login, password in tried]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not client.cookies


def test_guessing_ends_also_for_who_then_knows_the_password(local: Settings, client: TestClient) -> None:
    account(local, "ada")
    for _ in range(sign_ins.MOST_FOR_LOGIN):
        assert enter(client, "ada", "a guess").status_code == 401
    answer = enter(client, "Ada")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    with session() as opened:
        assert len(audit.events(opened, action="sign_in_failed")) == sign_ins.MOST_FOR_LOGIN


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/sign-in/provider"])
def test_another_site_can_not_ask(local: Settings, client: TestClient, path: str) -> None:
    secret = secret_of(local, account(local, "ada"))
    client.cookies.set(COOKIE, secret)
    form = {"login": "ada", "password": PASSWORD, "secret": secret}
    assert client.post(path, json=form).status_code in (400, 403)
    assert client.post(path, data=form, headers={"X-Telltale": "upload"}).status_code in (400, 403)
    assert client.get(path).status_code == 405
    assert client.get("/evidence/1").status_code == 404  # still signed in


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{", b'{"login": 1, "password": 2}', b'{"login": "ada"}', b" " * 9000]
)
def test_what_is_no_login_is_refused(client: TestClient, said: bytes) -> None:
    assert client.post("/sign-in", content=said, headers=OURS).status_code == 400


def test_signing_in_again_ends_what_was_before(local: Settings, client: TestClient) -> None:
    account(local, "ada")
    enter(client, "ada")
    first = client.cookies[COOKIE]
    enter(client, "ada")
    assert client.cookies[COOKIE] != first
    with session() as opened:
        assert sign_ins.holder(opened, first, timedelta(hours=1)) is None


def test_signing_out_ends_it_for_every_copy_of_the_cookie(local: Settings, client: TestClient) -> None:
    account(local, "ada")
    enter(client, "ada")
    copied = client.cookies[COOKIE]
    assert client.post("/sign-out", headers=OURS).status_code == 200
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, copied)
    assert client.get("/evidence/1").status_code == 401


@pytest.mark.parametrize("mode", ["off", "oidc"])
def test_no_password_is_taken_where_accounts_are_not_ours(
    local: Settings, client: TestClient, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    account(local, "ada")
    monkeypatch.setenv("TELLTALE_SIGN_IN", mode)
    settings.cache_clear()
    assert enter(client, "ada").status_code == 400


def word(**other: Any) -> dict[str, Any]:
    """What a provider says of somebody who just signed in."""
    said = {"iss": "https://id.example.org", "sub": "7", "email": "Eve@Example.org", "name": "Eve"}
    return said | {"iat": time.time()} | other


def test_a_provider_s_word_becomes_a_cookie(
    local: Settings, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_SIGN_IN", "oidc")
    settings.cache_clear()
    secret = by_provider(settings(), word())
    assert client.post("/sign-in/provider", json={"secret": secret}, headers=OURS).status_code == 200
    assert client.get("/evidence/1").status_code == 403  # known, but without a role
    with session() as opened:
        eve = people.by_login(opened, "eve@example.org")
        assert eve
        people.set_role(opened, DESK, eve.id, "analyst")
    assert client.get("/evidence/1").status_code == 404
    assert client.post("/sign-in/provider", json={"secret": "made up"}, headers=OURS).status_code == 401


@pytest.mark.parametrize(
    "iat",
    [0, None, time.time() - FRESH - 1, time.time() + 3600],
    ids=["of-1970", "of-no-time", "too-old", "of-the-future"],  # a time in a name differs from process to process
)
def test_an_old_word_of_a_provider_lets_nobody_in(local: Settings, iat: float | None) -> None:
    with pytest.raises(SignInRefused, match="again"):
        by_provider(local, word(iat=iat))


def test_a_provider_can_not_vouch_for_a_closed_or_a_local_account(local: Settings) -> None:
    by_provider(local, word())
    account(local, "ada"), account(local, "root", "admin")
    with session() as opened:
        eve = people.by_login(opened, "eve@example.org")
        assert eve
        people.set_active(opened, DESK, eve.id, False)
    with pytest.raises(SignInRefused, match="closed"):
        by_provider(local, word())
    with pytest.raises(TelltaleError) as refused:
        by_provider(local, word(sub="8", email="ada"))
    assert refused.value.code == "login_taken"


def test_one_s_own_password_is_changed_by_who_knows_it(local: Settings, client: TestClient) -> None:
    ada = account(local, "ada")
    enter(client, "ada")
    with pytest.raises(SignInRefused):
        change_password(local, ada, "not this one", "another good sentence", "")
    with pytest.raises(TelltaleError, match="12"):
        change_password(local, ada, PASSWORD, "short", "")
    assert client.get("/evidence/1").status_code == 404
    change_password(local, ada, PASSWORD, "another good sentence", "")
    assert client.get("/evidence/1").status_code == 401  # signed out everywhere
    assert enter(client, "ada").status_code == 401
    assert enter(client, "ada", "another good sentence").status_code == 200


def test_a_password_is_kept_as_argon2id_with_a_salt() -> None:
    one, other = hashed(PASSWORD), hashed(PASSWORD)
    assert one.startswith("$argon2id$") and one != other
