"""Answers of a detector are kept, and only clips are worn."""

import zipfile
from pathlib import Path

import pytest

from core.errors import AnalysisFailed, MediaRefused
from pipelines.retraining import exams
from pipelines.retraining.items import training_home
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import mp4, png, portrait


def test_what_can_t_be_read_today_is_asked_again(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    config = newsroom.config
    assert config.reference
    (config.reference / "held").mkdir(parents=True)
    (config.reference / "held" / "slow.mp4").touch()
    (config.reference / "held.csv").write_text("file,label\nslow.mp4,fake\nlate.mp4,fake\n")
    asked: list[str] = []

    def call(_child: object, request: dict[str, str]) -> None:
        asked.append(Path(request["path"]).name)
        if len(asked) == 1:
            raise AnalysisFailed("timeout", "This took too long.")
        raise MediaRefused("broken", "It is broken.")

    monkeypatch.setattr(exams.Child, "call", call)

    def why() -> list[str | None]:
        found = exams.sit(exams.of_reference(config), config.shipped_detector, config, lambda _done, _of: None)
        return [one.why for one in found["held"]]

    assert why()[0] == "This took too long."
    (config.reference / "held" / "late.mp4").touch()
    assert why() == why() == ["It is broken.", "It is broken."]
    assert asked == ["slow.mp4", "slow.mp4", "late.mp4"]


@pytest.mark.slow
def test_every_file_is_asked_about_once(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    config = newsroom.config
    assert config.reference
    config.reference.mkdir()
    with zipfile.ZipFile(config.reference / "held.zip", "w") as archive:
        for name, content in {"a.png": png(portrait(1)), "c.mp4": mp4([portrait(3)] * 8), "bad.png": b"x"}.items():
            archive.writestr(name, content)
    (config.reference / "held.csv").write_text("file,label\na.png,real\nc.mp4,fake\nbad.png,real\n")
    (exam,) = exams.of_reference(config)
    folder = config.shipped_detector
    first = exams.sit([exam], folder, config, lambda _done, _of: None)["held"]
    assert [one.evidence.media.kind if one.evidence else one.why for one in first][:2] == ["image", "video"]
    assert first[2].why and "not a video or a picture" in first[2].why
    assert [row["file"] for row in exam.worn(first).rows] == ["c.mp4"]

    (book,) = training_home(config).glob("exams/*/*.jsonl")
    whole = book.read_text()
    book.write_text(whole[:-20])  # a kill tears the last line off
    asked: list[str] = []
    call = exams.Child.call
    monkeypatch.setattr(exams.Child, "call", lambda self, request: asked.append(request["path"]) or call(self, request))
    assert exams.sit([exam], folder, config, lambda _done, _of: None)["held"] == first
    assert len(asked) == 1 and book.read_text() == whole
