"""History: found again by name, hash and band, and quick with thousands of rows."""

import time

from core.settings import Settings
from db.models import Analysis, Media, MediaName, ModelVersion
from db.session import session
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track


def names(desk: object) -> list[str]:
    return list(desk.dataframe[0].value["Name"])  # type: ignore[attr-defined]


def two(config: Settings) -> None:
    store(config, evidence(clip("Über*alles*.mp4", "a" * 64), (track("A", 3.0, "signs"),)))
    store(config, evidence(clip("street.mp4", "b" * 64), (track("A", -2.0, "no_signs"),)))


def test_an_empty_history_teaches(opened: Open) -> None:
    assert "Nothing was analysed yet" in text_of(opened("history"))


def test_search_by_name_and_by_hash(config: Settings, opened: Open) -> None:
    two(config)
    assert names(opened("history")) == ["street.mp4", "Über*alles*.mp4"]
    assert names(opened("history", q="über")) == ["Über*alles*.mp4"]
    assert names(opened("history", q="bbbbbb")) == ["street.mp4"]
    assert "Nothing fits" in text_of(opened("history", q="no such clip"))


def test_bands_are_chosen_by_chips_and_said_in_words(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history")
    desk.get_by_key("band").set_value(["no_signs"]).run()
    assert names(desk) == ["street.mp4"]
    assert list(desk.dataframe[0].value["Found"]) == [["No signs found"]]


def test_sorted_by_score(config: Settings, opened: Open) -> None:
    two(config)
    desk = opened("history")
    desk.selectbox(key="sort").select("score").run()
    assert names(desk) == ["Über*alles*.mp4", "street.mp4"]


def test_thousands_of_rows_are_quick(config: Settings, opened: Open) -> None:
    fill(config, 5000)
    desk = opened("history")
    assert len(names(desk)) == 50
    assert "5000 analyses" in text_of(desk)
    assert "1 to 50 of 5000" in text_of(desk)
    start = time.process_time()
    desk.button(key="Further rows").click().run()
    assert names(desk)[0] == "clip 4949.mp4" and "51 to 100 of 5000" in text_of(desk)
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
