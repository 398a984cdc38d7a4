"""Answers of a detector are kept, and only clips are worn."""

import zipfile
from pathlib import Path

import pytest

from core.settings import Settings
from pipelines.retraining import exams
from pipelines.retraining.items import training_home
from tests.retraining.pictures import mp4, png, portrait


def test_every_file_is_asked_about_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Settings(home=tmp_path / "home", reference=tmp_path / "reference")
    assert config.reference
    config.reference.mkdir()
    with zipfile.ZipFile(config.reference / "held.zip", "w") as archive:
        for name, content in {"a.png": png(portrait(1)), "c.mp4": mp4([portrait(3)] * 8), "bad.png": b"x"}.items():
            archive.writestr(name, content)
    (config.reference / "held.csv").write_text("file,label\na.png,real\nc.mp4,fake\nbad.png,real\n")
    (exam,) = exams.of_reference(config)
    folder = config.models / config.detector
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
