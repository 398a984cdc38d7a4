"""History: found again by what is known, filtered by chips, kept under names, acted on many at once, and quick."""

import time
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from dashboard.components.trend_charts import FEW, telling
from db import audit, case_file, cases, jobs, saved_views, verdicts
from db.history import Filter
from db.models import Analysis, Media, MediaName, ModelVersion
from db.rights import NotAllowed
from db.session import session
from db.trends import Month
from db.verdicts import Said
from pipelines.listing import COLUMNS, as_csv
from tests.actors import DESK, person
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track


def names(desk: AppTest) -> list[str]:
    return list(desk.dataframe[0].value["Name"])


def two(config: Settings) -> None:
    store(config, evidence(clip("Über*alles*.mp4", "a" * 64), (track("A", 3.0, "signs"),)))
    store(config, evidence(clip("street.mp4", "b" * 64), (track("A", -2.0, "no_signs"),)))


def judge(config: Settings, media_id: int, said: Said) -> None:
    with session(config) as opened:
        verdicts.give(opened, DESK, media_id, said)


def tick(desk: AppTest, *places: int) -> AppTest:
    """Tick rows of the table, as a click on their boxes does."""
    desk.session_state[desk.dataframe[0].key] = {"selection": {"rows": list(places), "columns": [], "cells": []}}
    return desk.run()


def test_an_empty_history_teaches(opened: Open) -> None:
    assert "Nothing was analysed yet" in text_of(opened("history"))


def test_search_by_name_hash_and_reason(config: Settings, opened: Open) -> None:
    two(config)
    judge(config, 2, Said("authentic", "high", "Filmed from two sides."))
    assert names(opened("history")) == ["street.mp4", "Über*alles*.mp4"]
    assert names(opened("history", q="UBER")) == ["Über*alles*.mp4"]
    assert names(opened("history", q="bbbbbb")) == names(opened("history", q="two sides")) == ["street.mp4"]
    assert "Nothing fits" in text_of(opened("history", q="no such clip"))


def test_machine_and_person_stand_side_by_side(config: Settings, opened: Open) -> None:
    two(config)
    judge(config, 1, Said("authentic", "high", "Filmed from two sides."))
    table = opened("history", q="uber").dataframe[0].value
    (row,) = table[["Machine", "Verdict", "Both"]].to_dict("records")
    assert row == {"Machine": ["Signs of manipulation"], "Verdict": ["Authentic"], "Both": "≠ differ"}


def test_bands_are_chosen_by_chips(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history")
    desk.get_by_key("band").set_value(["no_signs"]).run()
    assert names(desk) == ["street.mp4"]


@pytest.mark.parametrize(
    "asked",
    [
        {"verdict": "Authentic"}, {"both": "Differ"}, {"in_case": "Harbour · case 1"},
        {"band": "Signs of manipulation"},
        {"kind": "Clips", "q": "uber"}, {"when": "Today", "sort": "Highest score", "verdict": "Authentic"},
    ],
    ids=str,
)  # fmt: skip
def test_a_question_lives_in_the_address(config: Settings, opened: Open, asked: dict[str, str]) -> None:
    two(config)
    judge(config, 1, Said("authentic", "high", "Filmed from two sides."))
    with session(config) as open_:
        cases.add_item(open_, DESK, cases.start(open_, DESK, cases.Asked("Harbour")), 1)
    assert names(opened("history", **asked)) == ["Über*alles*.mp4"]


def test_an_address_can_hold_anything(config: Settings, opened: Open) -> None:
    two(config)
    odd = {"band": "fake", "verdict": "x", "in_case": "99", "model": "77", "when": "never", "between": "x", "sort": "y"}
    assert len(names(opened("history", **odd, after="-1", before="\u0664"))) == 2


def test_a_chip_is_taken_away_with_a_click(config: Settings, opened: Open) -> None:
    two(config)
    judge(config, 1, Said("authentic", "high", "Because."))
    desk = opened("history", verdict="Authentic")
    assert names(desk) == ["Über*alles*.mp4"]
    desk.button(key="chip-verdict-authentic").click().run()
    assert len(names(desk)) == 2
    desk.get_by_key("both").set_value(["agree"]).run()
    desk.button(key="clear").click().run()
    assert len(names(desk)) == 2


def test_sorted_by_score(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history")
    desk.selectbox(key="sort").select("score").run()
    assert names(desk) == ["Über*alles*.mp4", "street.mp4"]


def test_a_view_is_kept_and_asked_again(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history", q="street", band="No signs found")
    desk.text_input(key="view-name").set_value("No signs in the street")
    desk.button(key="view-keep").click().run()
    with session(config) as open_:
        (view,) = saved_views.for_user(open_, DESK)
    assert view.asked == {"q": "street", "band": ["no_signs"]}
    fresh = opened("history")
    assert len(names(fresh)) == 2
    fresh.button(key=f"view-{view.id}").click().run()
    assert names(fresh) == ["street.mp4"] and fresh.text_input(key="q").value == "street"
    fresh.button(key=f"forget-{view.id}").click().run()
    with session(config) as open_:
        assert saved_views.for_user(open_, DESK) == []


def test_ticked_rows_are_analysed_again(config: Settings, opened: Open) -> None:
    two(config)
    desk = tick(opened("history"), 0, 1)
    assert "2 chosen" in text_of(desk)
    desk.button(key="again").click().run()
    with session(config) as open_:
        assert sorted(job.name for job in jobs.latest(open_)) == ["street.mp4", "Über*alles*.mp4"]
        assert audit.count(open_, action="analysis.asked") == 2


def test_ticked_rows_go_into_a_case(config: Settings, opened: Open) -> None:
    two(config)
    desk = tick(opened("history"), 1)
    desk.text_input(key="into-case-title").set_value("Harbour")
    desk.button(key="into-case-add").click().run()
    with session(config) as open_:
        case = case_file.get(open_, 1)
    assert case is not None and case.title == "Harbour"
    assert [(item.name, item.pinned) for item in case.exhibits] == [("Über*alles*.mp4", True)]


def test_trends_unfold(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history")
    desk.session_state["trends"] = True
    said = text_of(desk.run())
    assert "What the machine found, by month" in said and "No month has 5 files yet" in said


def test_a_share_of_few_files_is_not_drawn() -> None:
    few = Month(date(2026, 5, 1), {}, {"agree": FEW - 2, "differ": 1, "open": 9})
    many = Month(date(2026, 6, 1), {}, {"agree": FEW - 1, "differ": 1, "open": 0})
    assert telling([few, many]) == [many]


def test_the_csv_is_safe_and_complete(config: Settings) -> None:
    store(config, evidence(clip("=cmd()|x.mp4", "a" * 64), (track("A", 3.0, "signs"),)))
    store(config, evidence(clip("北京, \"quoted\".mp4", "b" * 64), ()))
    judge(config, 1, Said("synthetic", "high", "Because."))
    lines = as_csv(config, DESK, Filter(), "oldest").decode("utf-8-sig").split("\r\n")
    assert lines[0] == ",".join(COLUMNS)
    assert lines[1].startswith(f"1,'=cmd()|x.mp4,{'a' * 64},video,Signs of manipulation,0.95")
    assert "Synthetic,agree" in lines[1] and '"北京, ""quoted"".mp4"' in lines[2]
    only = as_csv(config, DESK, Filter(), "newest", (2,)).decode("utf-8-sig").split("\r\n")
    assert len(only) == 3 and only[1].startswith("2,")
    with session(config) as open_:
        assert audit.count(open_, action="history.exported") == 2
    with pytest.raises(NotAllowed):
        as_csv(config, person(config, "nobody", None), Filter(), "newest")


def test_thousands_of_rows_are_quick(config: Settings, opened: Open) -> None:
    fill(config, 5000)
    desk = opened("history")
    assert len(names(desk)) == 50
    assert "5,000 analyses" in text_of(desk)
    assert "1 to 50 of 5,000" in text_of(desk)
    start = time.process_time()
    desk.button(key="Further rows").click().run()
    assert names(desk)[0] == "clip 4949.mp4" and "51 to 100 of 5,000" in text_of(desk)
    desk.text_input(key="q").set_value('"clip 49."').run()
    took = time.process_time() - start
    assert names(desk) == ["clip 49.mp4"]
    assert took < 2.5


def test_a_page_can_be_sent_to_somebody(config: Settings, opened: Open) -> None:
    fill(config, 120)
    assert names(opened("history", after="71"))[0] == "clip 69.mp4"
    assert names(opened("history", before="70"))[-1] == "clip 70.mp4"
    assert names(opened("history", after="no place"))[0] == "clip 119.mp4"


def fill(config: Settings, count: int) -> None:
    with session(config) as opened:
        model = ModelVersion(name="blend", version="0.1", sha256="f" * 64)
        for number in range(count):
            name = f"clip {number}.mp4"
            media = Media(
                sha256=f"{number:064x}", kind="video", bytes=1, container="mov", codec="h264", width=1, height=1,
                duration=1.0, fps=1.0, rotation=0, has_audio=False, tags={},
                names=[MediaName(name=name)],
            )  # fmt: skip
            opened.add(
                Analysis(
                    media=media, model=model, settings_hash="s", name=name, name_folded=name, band="no_signs",
                    score=number / count, raw_score=0.0, shots=[], frames_sampled=1, decode_s=0.0, faces_s=0.0,
                    score_s=0.0, explain_s=0.0, total_s=0.0,
                )
            )  # fmt: skip
