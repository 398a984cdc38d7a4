"""People and bands on Review: what is chosen is shown, a link carries it, and the band of the whole stays."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.evidence import Finding
from core.settings import Settings
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track

PEOPLE = (track("A", 3.0, "signs"), track("B", -2.0, "no_signs"), track("C", 2.5, "signs"))
FINDINGS = (
    Finding("strong_track", "About A.", "A", 0.0, 2.0),
    Finding("strong_track", "About C.", "C", 0.5, 2.0),
    Finding("small", "About nobody."),
)


@pytest.fixture
def analysis(config: Settings) -> str:
    return str(store(config, evidence(clip(), PEOPLE, FINDINGS), (("A", 2), ("C", 3))))


def drawn(desk: AppTest) -> list[str] | None:
    """The people whom the player was told to draw."""
    (told,) = [one.proto.json for one in desk.get("bidi_component") if '"evidence"' in one.proto.json]
    people: list[str] | None = json.loads(told)["people"]
    return people


def test_at_first_everybody_is_shown(opened: Open, analysis: str) -> None:
    desk = opened("review", analysis=analysis)
    assert drawn(desk) is None
    assert "About A" in text_of(desk) and "About C" in text_of(desk)


@pytest.mark.parametrize(
    ("asked", "people"),
    [
        ({"who": "C"}, ["C"]),
        ({"found": "No signs found"}, ["B"]),
        ({"found": "Signs of manipulation"}, ["A", "C"]),
        ({"who": "B", "found": "Signs of manipulation"}, []),
    ],
)
def test_a_link_carries_the_choice(
    opened: Open, analysis: str, asked: dict[str, str], people: list[str]
) -> None:
    desk = opened("review", analysis=analysis, **asked)
    words = text_of(desk)
    assert drawn(desk) == people
    assert ("About A" in words, "About C" in words) == ("A" in people, "C" in people)
    assert "About nobody" in words and "## :red[" in words  # the band is of the whole clip


def test_whoever_is_chosen_is_shown(opened: Open, analysis: str) -> None:
    desk = opened("review", analysis=analysis)
    desk.button_group(key="who").set_value(["A"]).run()
    assert drawn(desk) == ["A"]


def test_a_choice_that_is_not_there_shows_everybody(opened: Open, analysis: str) -> None:
    assert drawn(opened("review", analysis=analysis, who="Z", found="nonsense")) is None


def test_a_choice_of_one_clip_does_not_hide_the_people_of_the_next(
    config: Settings, opened: Open, analysis: str
) -> None:
    desk = opened("review", analysis=analysis, who="C")
    other = store(config, evidence(clip("other.mp4", "d" * 64), PEOPLE[:2]))
    desk.query_params["analysis"] = str(other)
    desk.run()
    assert not desk.exception
    assert drawn(desk) is None


def test_one_person_alone_needs_no_choice(config: Settings, opened: Open) -> None:
    number = store(config, evidence(clip(), PEOPLE[:1]))
    assert "who" not in {one.key for one in opened("review", analysis=str(number)).button_group}
