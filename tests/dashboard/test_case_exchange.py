"""A case is handed to another desk from its page, and what that desk's people said stands on the page here."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.settings import Settings
from dashboard import who
from dashboard.app import app
from db import audit, cases
from db.cases import Asked
from db.session import session
from pipelines.keeping.cases import importing
from pipelines.keeping.cases.exporting import Exported
from pipelines.keeping.cases.importing import import_case
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.keeping.conftest import handed_on, theirs

__all__ = ["handed_on", "theirs"]


def test_what_was_said_there_stands_apart(opened: Open, config: Settings, handed_on: Exported) -> None:
    with session(config) as writing:
        cases.start(writing, DESK, Asked("Our own"))
    assert "The other desk" not in text_of(opened("case", case="1"))
    imported = import_case(config, DESK, handed_on.path)
    page = opened("case", case=str(imported.case_id))
    assert not page.exception
    fold = next(one for one in page.expander if "The other desk" in one.label)
    said = "\n".join([*(one.value for one in fold.markdown), *(one.value for one in fold.caption)]).replace(
        "\\", ""
    )
    assert "Manipulated, high confidence, by Ada; confirmed by Bob; signed off by Bob" in said
    assert "earlier verdict: Authentic" in said and "Look at the teeth" in said and "I know this room" in said
    assert "It is not him" in said and "Answer, signed by Bob" in said
    log = fold.dataframe[0].value
    assert len(log) == 15 and set(log["Who"]) == {"ada", "bob"} and log["Seal"].str.len().eq(64).all()
    assert text_of(page).count("No verdict yet") == 2


def test_editors_fetch_a_case_as_an_archive(
    opened: Open, config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed_on: Exported
) -> None:
    with session(config) as writing:
        number = cases.start(writing, DESK, Asked("Who speaks?"))
    with TestClient(Starlette(routes=app._user_routes), base_url="http://localhost") as client:
        answer = client.get(f"/case-archives/{number}.zip")
        assert client.get("/case-archives/99.zip").status_code == 404
    assert answer.headers["content-disposition"] == f'attachment; filename="case-{number}.zip"'
    assert not list((config.home / "incoming").iterdir())
    fetched = tmp_path / "fetched.zip"
    fetched.write_bytes(answer.content)
    other = Settings(home=tmp_path / "theirs")
    assert import_case(other, person(other, "eve", "editor"), fetched).case_id == 2
    with session(config) as reading:
        assert audit.events(reading, f"case:{number}")[0].action == "case.exported"

    def labels() -> list[str]:
        return [one.proto.label for one in opened("case", case=str(number)).get("link_button")]

    assert labels() == ["Whole case for another desk"]
    analyst = person(config, "ana")
    monkeypatch.setattr(who, "visitor", lambda: analyst)
    assert labels() == []


def test_editors_take_a_case_in_from_the_page(
    opened: Open, config: Settings, monkeypatch: pytest.MonkeyPatch, handed_on: Exported
) -> None:
    archive, ours = handed_on.path.read_bytes(), {"X-Telltale": "upload"}

    with TestClient(Starlette(routes=app._user_routes), base_url="http://localhost") as client:

        def sent(content: bytes, headers: dict[str, str] = ours) -> tuple[int, dict[str, Any]]:
            answer = client.post("/case-archives", content=content, headers=headers)
            return answer.status_code, answer.json()

        status, came = sent(archive)
        assert (status, came["known"], came["message"]) == (200, False, None) and came["files"] == came["new_files"]
        assert sent(archive) == (200, came | {"known": True, "files": 0, "new_files": 0})
        assert sent(archive, {})[0] == 403
        for content, said in ((archive[:-100], 409), (b"no archive", 409), (b"", 411)):
            status, refused = sent(content)
            assert status == said and refused["message"].endswith("."), refused
        with monkeypatch.context() as full:
            full.setattr(importing.shutil, "disk_usage", lambda _path: SimpleNamespace(free=10))
            assert "more than may be filled here" in sent(archive)[1]["message"]
        assert not list((config.home / "incoming").iterdir())
        assert not opened("case", case=str(came["case"])).exception
        assert "made of a case" in text_of(opened("cases"))
        analyst = person(config, "ana")
        monkeypatch.setattr(who, "visitor", lambda: analyst)
        assert "made of a case" not in text_of(opened("cases"))
