"""Answers of a detector are kept, and only clips are worn."""

import zipfile
from pathlib import Path

import pytest

from core.errors import AnalysisFailed, MediaRefused
from db import deletion, gate_answers, media, training_runs
from db.session import session
from db.training_runs import Asked
from pipelines.evaluation import Outcome
from pipelines.retraining import exams, gate
from pipelines.retraining.answers import told
from pipelines.retraining.items import Item, training_home
from tests.actors import DESK
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


def test_an_import_is_called_as_people_know_it_and_known_where_the_desk_has_it(newsroom: Newsroom) -> None:
    config = newsroom.config
    media_id = newsroom.take_in("both.png", png(portrait(1)))
    with session(config) as opened:
        info = media.get(opened, media_id)
    assert info
    chosen = [
        Item(info.sha256, "real", "image", "", "faces", "faces/1", "import"),
        Item("f" * 64, "fake", "image", "swap", "faces", "faces/2", "import"),
        Item("e" * 64, "fake", "image", "swap", "faces", "faces/3", "import", name="swaps/7.png"),
        Item("d" * 64, "fake", "image", "", "desk", "desk/4", "verdict"),  # deleted from the desk meanwhile
    ]
    outcomes = [Outcome(row, None, "It is broken.") for row in exams.of_items("imports", chosen, config).rows]
    heard = gate.answers({"imports": outcomes}, {"imports": outcomes})
    with session(config) as opened:
        run_id = training_runs.ask(opened, DESK, Asked("person", 10.0, "cpu"))
        assert run_id
        gate_answers.keep(opened, run_id, heard, gate_answers.hold(opened, heard))
        found = [(one.name, one.media_id) for one in gate_answers.of_run(opened, run_id)]
    assert found == [("both.png", media_id), ("faces ffffffffffff", None), ("swaps/7.png", None)]
    blind = config.model_copy(update={"first_look": True})
    shown, waiting = told(blind, newsroom.ada, run_id)  # she hasn't looked at the one that the desk holds
    assert ([one.name for one in shown], waiting) == (["faces ffffffffffff", "swaps/7.png"], 1)
    with session(config) as opened:
        deletion.of_media(opened, DESK, [media_id], deletion.Order("The source asked for it."))
        assert "both.png" not in [one.name for one in gate_answers.of_run(opened, run_id)]


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
