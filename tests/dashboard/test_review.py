"""Review: words first, the figure last, and nothing claimed that was not found."""

from dataclasses import replace

import pytest

from core.errors import MediaRefused
from core.evidence import Finding
from core.settings import Settings
from db import jobs
from db.session import session
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, still, store, track

KEPT = (("A", 2), ("A", 7))


def stored(config: Settings, *tracks: object, findings: tuple[Finding, ...] = ()) -> str:
    return str(store(config, evidence(clip(), tracks, findings), KEPT if tracks else ()))  # type: ignore[arg-type]


def test_without_a_clip_the_page_teaches_and_offers_the_latest(config: Settings, opened: Open) -> None:
    assert "No clip is open" in text_of(opened("review"))
    stored(config, track("A", 3.0, "signs"))
    links = [link.proto.label for link in opened("review").get("page_link")]
    assert links and "clip\\.mp4" in links[0]


def test_words_come_first_then_their_meaning_then_the_figure(config: Settings, opened: Open) -> None:
    desk = opened("review", analysis=stored(config, track("A", 1.6, "signs")))
    page = [element.value for element in desk.markdown]
    headline = next(i for i, words in enumerate(page) if words.startswith("## :red["))
    assert page[headline + 1] == "**Of 50 genuine clips\\, 3 \\(6\\%\\) scored at least as high\\.**"
    assert any(caption.value.startswith("Score 0.83 of 1") for caption in desk.caption)


@pytest.mark.parametrize(
    ("device", "on"), [("CPU", " on the CPU"), ("NVIDIA H200", " on the NVIDIA H200"), (None, "")]
)
def test_it_names_the_detector_and_the_device_that_scored(
    config: Settings, opened: Open, device: str | None, on: str
) -> None:
    found = replace(evidence(clip(), (track("A", 1.6, "signs"),)), device=device)
    number = str(store(config, found))
    for desk in (opened("review", analysis=number), opened("compare", a=number, b=number)):
        assert f"Score 0.83 of 1 · detector blend 0\\.1{on}" in [caption.value for caption in desk.caption]


def test_no_signs_is_never_called_authentic(config: Settings, opened: Open) -> None:
    desk = opened("review", analysis=stored(config, track("A", -2.0, "no_signs")))
    words = text_of(desk)
    assert "No signs found" in words
    assert "That does not show that the file is genuine" in words
    assert "authentic" not in words.lower()
    assert ":green" not in words


@pytest.mark.parametrize(
    ("tracks", "words"),
    [((), "It says nothing about this file"), ((track("A", None, "too_poor"),), "a better copy may help")],
)
def test_what_can_not_be_judged_has_no_score(
    config: Settings, opened: Open, tracks: tuple[object, ...], words: str
) -> None:
    analysis = store(config, evidence(clip(), tracks))  # type: ignore[arg-type]
    desk = opened("review", analysis=str(analysis))
    assert words in text_of(desk)
    assert any(caption.value.startswith("No score") for caption in desk.caption)


def test_a_link_opens_at_its_moment_and_person(config: Settings, opened: Open) -> None:
    analysis = stored(config, track("A", 3.0, "signs"), track("B", -2.0, "no_signs"))
    desk = opened("review", analysis=analysis, t="1.250", person="B")
    assert "**Person B** · 00:01.250" in text_of(desk)
    assert "No heatmap is kept of person B" in text_of(desk)


def test_without_a_moment_it_opens_at_the_frame_that_weighs_most(config: Settings, opened: Open) -> None:
    desk = opened("review", analysis=stored(config, track("A", 3.0, "signs")))
    assert desk.query_params["t"] == "0.500"
    assert desk.query_params["person"] == "A"


@pytest.mark.parametrize("moment", ["nan", "-3", "x"])
def test_a_nonsense_moment_is_the_beginning(config: Settings, opened: Open, moment: str) -> None:
    desk = opened("review", analysis=stored(config, track("A", 3.0, "signs")), t=moment)
    assert desk.query_params["t"] == "0.000"


def test_a_finding_takes_the_player_to_its_moment(config: Settings, opened: Open) -> None:
    finding = Finding("strong_track", "Person A scores <high>.", "A", 1.5, 2.0)
    desk = opened("review", analysis=stored(config, track("A", 3.0, "signs"), findings=(finding,)))
    assert "Person A scores \\<high\\>\\." in text_of(desk)
    desk.button(key="Why-0").click().run()
    assert desk.query_params["t"] == "1.500"


def test_a_picture_has_no_moments_to_go_to(config: Settings, opened: Open) -> None:
    finding = Finding("strong_track", "Person A scores high.", "A", 0.0, 0.0)
    analysis = store(config, evidence(still(clip("still.png", "d" * 64)), (track("A", 3.0, "signs"),), (finding,)))
    desk = opened("review", analysis=str(analysis))
    assert "Person A scores high" in text_of(desk)
    assert not [button for button in desk.button if button.key == "Why-0"]


def test_why_a_person_is_not_what_the_colours_say_stands_at_the_player_too(config: Settings, opened: Open) -> None:
    unsteady = Finding("unsteady", "Person A: the score alone would say signs.", "A", 0.0, 4.0)
    analysis = stored(config, track("A", 3.0, "inconclusive"), findings=(unsteady,))
    told = "Person A is inconclusive, for the score does not hold"
    for page, count in ((opened("review", analysis=analysis), 1), (opened("compare", a=analysis, b=analysis), 2)):
        assert [told in one.value for one in page.caption].count(True) == count
    steady = str(store(config, evidence(clip("other.mp4", "d" * 64), (track("A", 3.0, "signs"),))))
    assert told not in text_of(opened("review", analysis=steady))


def test_findings_are_walked_in_order_of_time(config: Settings, opened: Open) -> None:
    findings = tuple(Finding("strong_track", f"At {start}.", "A", start, 4.0) for start in (3.0, 1.5))
    desk = opened("review", analysis=stored(config, track("A", 3.0, "signs"), findings=findings), t="0.000")
    labels = {button.label: button for button in desk.button}
    assert labels["Previous"].disabled
    labels["Next finding"].click().run()
    assert desk.query_params["t"] == "1.500"
    next(button for button in desk.button if button.label == "Next finding").click().run()
    assert desk.query_params["t"] == "3.000"


def test_the_sentence_to_quote_carries_its_caveat(config: Settings, opened: Open) -> None:
    desk = opened("review", analysis=stored(config, track("A", 3.0, "signs")))
    assert any("A sign is not proof." in code.value for code in desk.code)


def test_what_is_quoted_does_not_hang_on_who_is_shown(config: Settings, opened: Open) -> None:
    analysis = stored(config, track("A", 3.0, "signs"), track("B", -2.0, "no_signs"))
    desk = opened("review", analysis=analysis, who="B")
    assert any("person A, 00:00" in code.value for code in desk.code)


def test_a_clip_has_a_chart_and_a_picture_has_none(config: Settings, opened: Open) -> None:
    person = track("A", 3.0, "signs")
    moving = store(config, evidence(clip(), (person,)))
    standing = store(config, evidence(still(clip("still.png", "d" * 64)), (person,)))
    assert opened("review", analysis=str(moving)).get("plotly_chart")
    assert not opened("review", analysis=str(standing)).get("plotly_chart")


def test_a_failed_job_has_a_reason_and_no_score(config: Settings, opened: Open) -> None:
    with session(config) as database:
        refusal = MediaRefused("empty", "This file is empty. Was the download finished?")
        job = jobs.add_refused(database, "empty.mp4", refusal, "normal")
    words = text_of(opened("review", job=str(job)))
    assert "This file could not be analysed" in words
    assert "This file is empty\\. Was the download finished\\?" in words
    assert "There is no score" in words


@pytest.mark.parametrize("asked", [{"analysis": "999"}, {"job": "999"}, {"analysis": "9" * 15}])
def test_an_unknown_address_says_so(opened: Open, asked: dict[str, str]) -> None:
    assert "not on this desk" in text_of(opened("review", **asked))


def test_weights_whose_card_is_gone_can_not_give_a_meaning(config: Settings, opened: Open) -> None:
    analysis = stored(config, track("A", 3.0, "signs"))
    (config.models / "blend" / "card.json").unlink()
    words = text_of(opened("review", analysis=analysis))
    assert "no longer on this desk" in words
    assert "genuine clips" not in words


def test_a_file_is_analysed_again_from_its_page(config: Settings, opened: Open) -> None:
    number = store(config, evidence(clip(), (track("A", 3.0, "signs"),)))
    opened("review", analysis=str(number)).button(key="again").click().run()
    with session(config) as found:
        assert [job.name for job in jobs.latest(found)] == [clip().name]
