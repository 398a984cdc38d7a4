"""Compare: two analyses side by side, reached from every page where one would look for it, told when both may be."""

import pytest
from streamlit.testing.v1 import AppTest

from core.evidence import Finding
from core.judgement.bands import CAUTIONS
from core.settings import Settings, settings
from dashboard.components.band import UNTOLD
from dashboard.components.seen_before import side_by_side
from db import cases, first_looks
from db.cases import Asked
from db.session import session
from pipelines.provenance.fingerprints import Stretch
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, still, store, track

STEADY = Finding("steady", "It holds.", track="A")


@pytest.fixture
def pair(config: Settings) -> dict[str, str]:
    """What to ask for: a fake beside its original."""
    fake = store(config, evidence(clip("fake.mp4", "a" * 64), (track("A", 3.0, "signs"),), (STEADY,)), (("A", 2),))
    original = store(config, evidence(clip("original.mp4", "b" * 64), (track("B", -2.0, "no_signs"),)), (("B", 4),))
    return {"a": str(fake), "b": str(original)}


def links(desk: AppTest, address: str = "compare") -> list[str]:
    return [link.proto.query_string for link in desk.get("page_link") if link.proto.page == address]


def press(desk: AppTest, label: str) -> AppTest:
    next(button for button in desk.button if button.label == label).click()
    return desk.run()


def test_both_stand_side_by_side_each_with_band_caution_and_person(opened: Open, pair: dict[str, str]) -> None:
    desk = opened("compare", **pair)
    words = text_of(desk)
    for said in ("Signs of manipulation", "No signs found", CAUTIONS["signs"], CAUTIONS["no_signs"], "It holds\\.",
                 "**Person A** · 00:00.500", "**Person B** · 00:01.000"):  # fmt: skip
        assert said in words
    assert {name: desk.query_params[name] for name in ("at", "ap", "bt", "bp")} == {
        "at": "0.500", "ap": "A", "bt": "1.000", "bp": "B"}  # fmt: skip


def test_a_link_opens_at_both_moments_and_tied(opened: Open, pair: dict[str, str]) -> None:
    desk = opened("compare", **pair, at="1.250", ap="A", bt="2.000", bp="B", together="true", offset="0.750")
    assert "**Person A** · 00:01.250" in text_of(desk) and "**Person B** · 00:02.000" in text_of(desk)
    assert desk.toggle[0].value and desk.number_input[0].value == 0.75


def test_two_moments_of_one_file_can_be_locked_where_they_stand(opened: Open, pair: dict[str, str]) -> None:
    desk = opened("compare", a=pair["a"], b=pair["a"], at="0.500", bt="2.250")
    assert not desk.toggle[0].value
    desk = press(desk, "Lock them where they stand")
    assert desk.toggle[0].value and desk.number_input[0].value == 1.75
    assert "**Person A** · 00:02.250" in text_of(desk)
    desk.number_input[0].set_value(0.25)
    assert "**Person A** · 00:00.750" in text_of(desk.run())


def test_a_picture_has_no_time_to_be_tied_by(config: Settings, opened: Open, pair: dict[str, str]) -> None:
    picture = store(config, evidence(still(clip("p.png", "d" * 64)), (track("A", 3.0, "signs"),)))
    assert not opened("compare", a=pair["a"], b=str(picture)).toggle


@pytest.mark.parametrize("there", ["999", "x", "", "9" * 40])
def test_what_is_not_there_is_said(opened: Open, pair: dict[str, str], there: str) -> None:
    assert "not on this desk" in text_of(opened("compare", a=pair["a"], b=there))


def test_an_address_that_asks_for_nothing_is_taught(opened: Open) -> None:
    assert "Tick two rows in the **History**" in text_of(opened("compare"))


def test_nothing_is_told_of_either_until_both_had_their_first_look(
    config: Settings, opened: Open, pair: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_FIRST_LOOK", "1")
    settings.cache_clear()
    with session(config) as found:
        first_looks.give(found, DESK, 1, "unsure")
    desk = opened("compare", **pair)
    words = text_of(desk)
    assert "Say first what you take it for" in words
    assert "signs" not in words.lower() and "MACHINE EVIDENCE" not in words
    assert links(desk, "review") == [f"analysis={pair['a']}", f"analysis={pair['b']}"]
    assert words.count(UNTOLD) == 1
    offered = {link.proto.query_string: link.proto.label for link in desk.get("page_link")}
    assert UNTOLD in offered[f"a={pair['a']}&b={pair['b']}"]
    assert "Signs of manipulation" in offered[f"a={pair['a']}&b={pair['a']}"], "nothing to put in its place"
    with session(config) as found:
        first_looks.give(found, DESK, 2, "genuine")
    assert "Signs of manipulation" in text_of(opened("compare", **pair))


def test_another_file_takes_the_place_of_one(opened: Open, pair: dict[str, str]) -> None:
    offered = links(opened("compare", **pair))
    assert f"a={pair['b']}&b={pair['b']}" in offered and f"a={pair['a']}&b={pair['a']}" in offered


def test_review_history_and_case_lead_here(config: Settings, opened: Open, pair: dict[str, str]) -> None:
    asked = f"a={pair['a']}&b={pair['b']}"
    assert links(opened("review", analysis=pair["a"])) == [f"a={pair['a']}&b={pair['a']}"]
    desk = opened("history", sort="name")
    desk.session_state[desk.dataframe[0].key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert not links(desk.run())
    desk.session_state[desk.dataframe[0].key] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    assert links(desk.run()) in ([asked], [f"a={pair['b']}&b={pair['a']}"])
    with session(config) as found:
        case = cases.start(found, DESK, Asked("Which is the original?"))
        cases.add_item(found, DESK, case, 1)
    assert not links(opened("case", case=str(case)))
    with session(config) as found:
        cases.add_item(found, DESK, case, 2)
    assert links(opened("case", case=str(case))) == [asked]


def test_a_near_copy_is_compared_where_both_show_the_same() -> None:
    query = side_by_side(2, 1, Stretch(4.0, 9.0, 1.5, 6.5, 5, 12.0))
    assert query == {"a": "2", "b": "1", "at": "4.000", "bt": "1.500", "together": "true", "offset": "-2.500"}
