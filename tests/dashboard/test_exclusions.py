"""What may not be learned from: said on the page of a file or a case, listed on Models, allowed again by editors."""

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard import who
from db import audit, exclusions
from db.models_people import Role
from db.session import session
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.keeping.desks import put_case, put_file


@pytest.fixture
def case(config: Settings) -> int:
    """A case with one file, which is analysis 1 of media 1."""
    put_file(config, "a")
    return put_case(config, 1)


def press(page: AppTest, label: str) -> AppTest:
    next(one for one in page.button if one.label == label).click().run()
    assert not page.exception, page.exception
    return page


def labels(page: AppTest) -> set[str]:
    return {one.label for one in page.button}


def kept() -> list[tuple[str, str]]:
    with session() as opened:
        return [(one.title, one.reason) for one in exclusions.exclusions(opened)]


def test_a_file_is_kept_from_learning_and_allowed_again(case: int, opened: Open) -> None:
    page = opened("review", analysis="1")
    press(page, "Keep from learning")
    assert "Say why" in page.error[0].value and not kept()
    page.text_input(key="keep-why-media-1").input("No *consent*")
    press(page, "Keep from learning")
    assert kept() == [("a.mp4", "No *consent*")]
    assert "**The desk** keeps a\\.mp4 from learning" in text_of(page) and "“No \\*consent\\*”" in text_of(
        page
    )
    assert "Keep from learning" not in labels(page)
    models = opened("models")
    assert "keeps a\\.mp4 from learning" in text_of(models)
    press(models, "Allow learning again")
    assert not kept() and "Nothing is kept from learning" in text_of(models)
    with session() as reading:
        told = [one.action for one in audit.events(reading, "media:1") if one.action.startswith("learning")]
    assert told == ["learning.allowed", "learning.excluded"]


def test_a_case_keeps_its_files_and_says_so_on_each(case: int, opened: Open) -> None:
    page = opened("case", case=str(case))
    page.text_input(key=f"keep-why-case-{case}").input("Confidential")
    press(page, "Keep from learning")
    with session() as reading:
        assert exclusions.excluded_media(reading) == {1: "Confidential"}
    page = opened("review", analysis="1")
    assert "keeps the case Who speaks\\? from learning" in text_of(page)
    page.text_input(key="keep-why-media-1").input("Nor this file")
    press(page, "Keep from learning")
    assert len(kept()) == 2
    assert "Kept from learning: 2" in str(opened("models").main)


@pytest.mark.parametrize(("role", "may"), [("analyst", False), ("editor", True)])
def test_who_works_on_cases_keeps_out_and_editors_allow_again(
    case: int, local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch, role: Role, may: bool
) -> None:
    secret = secret_of(local, account(local, "ada", role))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    assert "Keep from learning" in labels(opened("review", analysis="1"))
    with session() as writing:
        exclusions.exclude(writing, DESK, "media", 1, "No consent")
    for page in (opened("review", analysis="1"), opened("models")):
        assert "keeps a\\.mp4 from learning" in text_of(page)
        assert ("Allow learning again" in labels(page)) == may
