"""The pages of people: who is here, roles, passwords, tokens, the menu under one's name, the way in."""

import time
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import Settings, settings
from dashboard import who
from dashboard.components.outside import FIRST
from db import audit, people
from db.rights import User
from db.session import session
from pipelines.signing_in import SignInRefused, by_password
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import PASSWORD, account, secret_of

Enter = Callable[[User], None]


@pytest.fixture
def enter(local: Settings, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Somebody is signed in, in the browser of the pages."""

    def signed_in(user: User) -> None:
        secret = secret_of(local, user)
        monkeypatch.setattr(who, "cookie", lambda: secret)

    return signed_in


@pytest.fixture
def root(local: Settings, enter: Enter) -> User:
    """An admin, who is signed in."""
    made = account(local, "root", "admin")
    enter(made)
    return made


def press(page: AppTest, label: str, at: int = 0) -> None:
    [button for button in page.button if button.label == label][at].click().run()
    assert not page.exception, page.exception


def known(login: str) -> User | None:
    with session() as opened:
        return people.by_login(opened, login)


def test_without_sign_in_nothing_is_different_but_tokens(config: Settings, opened: Open) -> None:
    page = opened("account")
    assert "API tokens" in text_of(page)
    assert "Password" not in text_of(page) and "Sign in" not in text_of(page)
    with pytest.raises(ValueError, match="Could not find"):
        opened("people")


def test_an_empty_desk_says_how_to_make_the_first_account(local: Settings, opened: Open) -> None:
    assert FIRST.strip() in text_of(opened())


def test_somebody_is_added_with_a_role_and_can_come_in(local: Settings, root: User, opened: Open) -> None:
    page = opened("people")
    for label, said in (("Login", "Bob"), ("Name", "Bob *Byline*"), ("First password", PASSWORD)):
        next(field for field in page.text_input if field.label == label).input(said)
    page.selectbox[0].select("editor")
    press(page, "Add")
    bob = known("bob")
    assert bob and (bob.name, bob.role) == ("Bob *Byline*", "editor")
    assert "Bob \\*Byline\\*" in text_of(page)
    assert by_password(local, "bob", PASSWORD, "")
    with session() as opened_:
        assert audit.events(opened_, f"user:{bob.id}", action="user.added")[0].actor == "root"


@pytest.mark.parametrize(
    ("login", "first", "why"),
    [("bob", "short", "12 to 256"), ("two words", PASSWORD, "one word"), ("root", PASSWORD, "already")],
)
def test_what_can_not_be_added_is_said(
    local: Settings, root: User, opened: Open, login: str, first: str, why: str
) -> None:
    page = opened("people")
    page.text_input[0].input(login)
    next(field for field in page.text_input if field.label == "First password").input(first)
    press(page, "Add")
    assert why in text_of(page)
    assert known("bob") is None


def test_a_role_is_given_and_taken(local: Settings, root: User, opened: Open) -> None:
    bob = account(local, "bob", None)
    page = opened("people")
    choice = page.selectbox(key=f"role-{bob.id}")
    assert choice.value == "none"
    choice.select("analyst").run()
    assert known("bob").role == "analyst"  # type: ignore[union-attr]
    page.selectbox(key=f"role-{bob.id}").select("none").run()
    assert known("bob").role is None  # type: ignore[union-attr]


def test_the_last_admin_stays(local: Settings, root: User, opened: Open) -> None:
    page = opened("people")
    page.selectbox(key=f"role-{root.id}").select("analyst").run()
    assert "last admin" in page.toast[0].value
    assert known("root").role == "admin"  # type: ignore[union-attr]
    assert page.selectbox(key=f"role-{root.id}").value == "admin"


def test_an_account_is_closed_and_opened_again(local: Settings, root: User, opened: Open) -> None:
    bob = account(local, "bob")
    page = opened("people")
    page.button(key=f"active-{bob.id}").click().run()
    assert "Closed" in text_of(page)
    with pytest.raises(SignInRefused):
        by_password(local, "bob", PASSWORD, "")
    page.button(key=f"active-{bob.id}").click().run()
    assert by_password(local, "bob", PASSWORD, "")


def test_an_admin_sets_another_password(local: Settings, root: User, opened: Open) -> None:
    account(local, "bob")
    page = opened("people")
    fields = [field for field in page.text_input if field.label == "New password"]
    fields[0].input("another good sentence")  # by name: Bob, Root
    press(page, "Set password")
    assert by_password(local, "bob", "another good sentence", "")


def test_a_token_is_shown_once_and_revoked(local: Settings, root: User, opened: Open) -> None:
    page = opened("account")
    page.text_input[0].input("Nightly import")
    press(page, "Make a token")
    secret = page.code[0].value
    with session() as reading:
        assert people.by_token(reading, secret) == root
    assert not page.run().code
    press(page, "Revoke")
    with session() as reading:
        assert people.by_token(reading, secret) is None
    assert "Revoked" in text_of(page)


def test_tokens_of_others_are_not_seen(local: Settings, root: User, opened: Open) -> None:
    with session() as writing:
        people.new_token(writing, account(local, "bob"), "Bob's import")
    assert "import" not in text_of(opened("account")).replace("Nightly import", "")


def test_one_s_own_password(local: Settings, root: User, opened: Open) -> None:
    page = opened("account")
    fields = {field.label: field for field in page.text_input}
    fields["Your password"].input(PASSWORD)
    fields["A new one"].input("another good sentence")
    fields["The new one again"].input("another good sentense")
    press(page, "Change password")
    assert "differ" in text_of(page)
    fields = {field.label: field for field in page.text_input}
    fields["Your password"].input(PASSWORD)
    fields["A new one"].input("another good sentence")
    fields["The new one again"].input("another good sentence")
    press(page, "Change password")
    assert "Sign in" in text_of(page)
    assert by_password(local, "root", "another good sentence", "")


def test_the_menu_says_who_one_is(local: Settings, root: User, opened: Open) -> None:
    assert "**Root**" in text_of(opened()) and "Admin" in text_of(opened())


class Vouched(dict[str, object]):
    """What Streamlit knows of who came back from the provider."""

    def to_dict(self) -> dict[str, object]:
        return dict(self)


def test_who_comes_from_a_provider_waits_for_a_role(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_SIGN_IN", "oidc")
    settings.cache_clear()
    assert opened().button[0].label == "Sign in with your organisation"
    said = Vouched(
        is_logged_in=True, iss="https://id.example.org", sub="7", email="eve@example.org", name="Eve", iat=time.time()
    )
    monkeypatch.setattr(st, "user", said)
    page = opened()
    assert not page.button
    assert page.session_state.begun
    secret = page.session_state.begun
    page.run()
    assert page.session_state.begun == secret  # one arrival, one cookie
    monkeypatch.setattr(who, "cookie", lambda: secret)
    assert "without a role" in text_of(opened())
    eve = known("eve@example.org")
    assert eve
    with session() as writing:
        people.set_role(writing, DESK, eve.id, "analyst")
    assert "Queue" in text_of(opened())
    monkeypatch.setattr(who, "cookie", lambda: "")
    said["iat"] = time.time() - 3600
    page = opened()
    assert "signed out" in text_of(page) and page.button[0].label == "Sign in with your organisation"


def test_who_signs_out_does_not_come_in_by_the_same_word(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_SIGN_IN", "oidc")
    settings.cache_clear()
    page = opened()
    page.session_state.left = True
    said = Vouched(is_logged_in=True, iss="https://id.example.org", sub="7", email="eve@x.org", iat=time.time())
    monkeypatch.setattr(st, "user", said)
    page.run()
    assert "begun" not in page.session_state
    assert known("eve@x.org") is None
