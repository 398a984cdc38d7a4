"""On the page of a case: who may hold it, delete it, take it along, and what the page says then."""

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from db import case_file, holds
from db.models_people import Role
from db.session import session
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.keeping.desks import put_case, put_file


@pytest.fixture
def case(config: Settings) -> int:
    """A case with one file."""
    put_file(config, "a")
    return put_case(config, 1)


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


def held(case: int) -> bool:
    with session() as opened:
        return holds.on(opened, f"case:{case}") is not None


def test_a_hold_is_set_shown_and_lifted(case: int, opened: Open) -> None:
    page = opened("case", case=str(case))
    press(page, "Hold it")
    assert "Say why" in page.error[0].value and not held(case)
    page.text_input(key=f"hold-why-case:{case}").input("Court *order*")
    press(page, "Hold it")
    assert held(case) and "Under legal hold" in page.info[0].value and "Court \\*order\\*" in page.info[0].value
    page.text_input(key="delete-why").input("Old")
    page.checkbox(key="delete-sure").check()
    press(page, "Delete for good")
    assert "is under legal hold, set by The desk" in page.error[0].value.replace("\\", "")
    page.text_input(key=f"hold-why-case:{case}").input("Settled")
    press(page, "Lift the hold")
    assert not held(case) and not page.info


def test_a_file_that_is_held_is_named_on_its_case(case: int, opened: Open) -> None:
    with session() as writing:
        holds.put(writing, DESK, "media:1", "Court order")
    assert "a.mp4: **Under legal hold**" in opened("case", case=str(case)).info[0].value.replace("\\", "")


def test_a_case_is_deleted_once_somebody_is_sure(case: int, opened: Open) -> None:
    page = opened("case", case=str(case))
    page.text_input(key="delete-why").input("Asked for by the person shown")
    press(page, "Delete for good")
    assert "Tick that you know" in page.error[0].value
    page.checkbox(key="delete-sure").check()
    press(page, "Delete for good")
    with session() as reading:
        assert case_file.get(reading, case) is None
    assert "not on this desk" in text_of(opened("case", case=str(case)))


@pytest.mark.parametrize(
    ("role", "may"), [("analyst", set()), ("editor", {"Hold it"}), ("admin", {"Hold it", "Delete for good"})]
)
def test_only_who_may_sees_the_menus(
    case: int, local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch, role: Role, may: set[str]
) -> None:
    secret = secret_of(local, account(local, "ada", role))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    assert labels(opened("case", case=str(case))) & {"Hold it", "Delete for good"} == may
