"""The page Log: entries in words, filters, pages, the state of the seals, and a CSV that is safe to open."""

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard.components.log_filters import told_apart
from db import audit, cases, log, log_checks
from db.audit import Broken, Checked
from db.cases import Asked
from db.log import Wanted
from db.rights import NotAllowed
from db.session import session
from pipelines.keeping.checking import check_log
from pipelines.log_listing import COLUMNS, as_csv
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track


@pytest.fixture
def filled(config: Settings) -> Settings:
    """A case, a file with an analysis, and many notes."""
    number = store(config, evidence(clip("street.mp4"), (track("A", 3.0, "signs"),)))
    with session(config) as opened:
        cases.start(opened, DESK, Asked("=Who *speaks*?"))
        audit.record(opened, DESK, "analysis.stored", f"analysis:{number}", band="signs", model="blend 0.1")
        audit.record(opened, DESK, "media.received", "media:1", name="street.mp4")
        for minute in range(120):
            audit.record(opened, DESK, "note.added", "analysis:1", time=minute * 60.0, text="=1+1")
    return config


def rows(page: AppTest) -> list[dict[str, object]]:
    return page.dataframe[0].value.to_dict("records")  # type: ignore[no-any-return]


def click(page: AppTest, place: int) -> AppTest:
    """Click a cell of the table."""
    page.session_state[page.dataframe[0].key] = {"selection": {"rows": [], "columns": [], "cells": [(place, "What")]}}
    return page.run()


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception, page.exception
    return page


def test_an_empty_log_teaches(opened: Open) -> None:
    page = opened("log")
    assert "Nothing was done yet" in text_of(page) and "have not been checked yet" in text_of(page)


def test_entries_are_sentences_and_pages_go_on_by_key(filled: Settings, opened: Open) -> None:
    page = opened("log")
    first = rows(page)
    assert (len(first), first[0]["Entry"], first[0]["Who"]) == (100, 123, "The desk")
    assert first[0]["What"] == "pinned a note at 1:59:00.000" and first[0]["About"] == "analysis 1 · street.mp4"
    last = rows(press(page, "older"))
    assert [row["Entry"] for row in last] == list(range(23, 0, -1))
    assert last[-1]["About"] == "case 1 · =Who *speaks*?" and last[-3]["About"] == "file 1 · street.mp4"
    assert rows(press(page, "newer"))[0]["Entry"] == 123


def test_filters_and_a_click_that_shows_all_of_an_entry(filled: Settings, opened: Open) -> None:
    assert [row["Entry"] for row in rows(opened("log", about="case 1"))] == [1]
    assert [row["Entry"] for row in rows(opened("log", about="c" * 64))] == [3]
    assert "No entry fits" in text_of(opened("log", about="a%'--"))
    page = opened("log")
    page.selectbox(key="what").select("analysis.stored").run()
    click(page, 0)
    assert "blend 0.1 found: signs of manipulation" in text_of(page).replace("\\", "")
    assert '"band": "signs"' in page.code[0].value
    assert "of the entry before" in text_of(page)


def test_a_link_carries_who_and_what(filled: Settings, opened: Open) -> None:
    ada = person(filled, "ada")
    with session(filled) as writing:
        cases.start(writing, ada, Asked("Another"))
    page = opened("log", who=ada.name, what="case opened")
    assert [(row["Entry"], row["Who"]) for row in rows(page)] == [(125, ada.name)]


def test_people_of_one_name_are_told_apart() -> None:
    assert told_apart({1: "Ada", 2: "Ben", 3: "Ada"}) == {1: "Ada (1)", 2: "Ben", 3: "Ada (3)"}


def test_the_page_shows_what_the_last_check_found(filled: Settings, opened: Open) -> None:
    check_log(filled)
    page = opened("log")
    assert "All 123 entries held" in page.success[0].value and "Written since: 1." in page.success[0].value
    with session(filled) as writing:
        log_checks.remember(writing, DESK, Checked(3, "0" * 64, Broken(4, "entry 4 is missing")), 0.1)
    assert "altered at entry 4: entry 4 is missing" in text_of(opened("log"))


def test_the_csv_has_every_entry_and_no_formula(filled: Settings) -> None:
    content = as_csv(filled, DESK, Wanted(subject="case")) + as_csv(filled, DESK, Wanted())
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(as_csv(filled, DESK, Wanted()).decode("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS and len(lines) == 1 + 123 + 2  # two that say that it was exported
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    with session(filled) as reading:
        assert lines[1][7] == next(log.everything(reading, DESK, Wanted())).sha256
    with pytest.raises(NotAllowed):
        as_csv(filled, person(filled, "ada"), Wanted())


def test_a_name_can_t_become_a_formula(filled: Settings) -> None:
    with session(filled) as writing:
        audit.record(writing, DESK, "=cmd|' /C calc'!A0", "@SUM(A1)")
    line = list(csv.reader(io.StringIO(as_csv(filled, DESK, Wanted(subject="@SUM(A1)")).decode("utf-8-sig"))))[1]
    assert line[3].startswith("'=") and line[4].startswith("'@")
