"""What somebody brought goes in one step, but for what is held; and learning forgets what was deleted."""

import json
import sys
from pathlib import Path

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, data_versions, holds, kept_files, media
from db.data_versions import Made
from db.deletion import Order
from db.models import Media
from db.rights import NotAllowed, User
from db.session import session
from pipelines.keeping.deleting import delete_brought, delete_media
from pipelines.retraining import items
from pipelines.retraining.items import Item
from scripts import delete as command
from tests.actors import DESK, person
from tests.keeping.desks import put_case, put_file

ORDER = Order("She asks for it.")


def bring(config: Settings, letter: str, *by: User) -> int:
    """A file that these people brought; gives its id."""
    put_file(config, letter)
    with session(config) as opened:
        number = media.id_of(opened, letter * 64)
        assert number is not None
        for one in by:
            audit.record(
                opened, one, "media.received", f"media:{number}", name=f"{letter}.mp4", sha256=letter * 64
            )
    return number


def left(config: Settings) -> set[str]:
    with session(config) as opened:
        return {row.sha256[0] for row in opened.query(Media)}


@pytest.fixture
def brought(either: Settings, tmp_path: Path) -> Settings:
    """A desk with five files: a and b by Ada, c by both, d by Ada and under hold, e by Bob."""
    config = either.model_copy(update={"models": tmp_path / "models"})
    ada, bob = person(config, "ada"), person(config, "bob")
    for letter, by in (("a", (ada,)), ("b", (ada,)), ("c", (ada, bob)), ("d", (ada,)), ("e", (bob,))):
        bring(config, letter, *by)
    with session(config) as opened:
        holds.put(opened, DESK, "media:4", "Court order 9/26")
    return config


def test_what_she_brought_goes_in_one_step(brought: Settings) -> None:
    put_case(brought, 1, 5)
    with pytest.raises(NotAllowed, match="Only an admin"):
        delete_brought(brought, person(brought, "ed", "editor"), "ada", ORDER)
    with pytest.raises(TelltaleError, match="Nobody at this desk"):
        delete_brought(brought, DESK, "eve", ORDER)
    found, places = delete_brought(brought, DESK, "Ada", ORDER)
    assert (found.gone, found.held, found.shared, places) == ((1, 2), (4,), (3,), 0)
    assert left(brought) == {"c", "d", "e"}
    with session(brought) as opened:
        (told,) = audit.events(opened, "user:2", action="person.media_deleted")
        each = [audit.events(opened, f"media:{one}", action="media.deleted")[0].details for one in (1, 2)]
        assert audit.verify(opened).broken is None
    assert told.details == {
        "reason": ORDER.reason, "rule": "asked", "files": [1, 2], "held": [4], "brought_by_others_too": [3]
    }  # fmt: skip
    assert {(one["sha256"][0], one["brought_by"]) for one in each} == {("a", "ada"), ("b", "ada")}
    found, _ = delete_brought(brought, DESK, "ada", ORDER, everywhere=True)
    assert (found.gone, found.held) == ((3,), (4,)) and left(brought) == {"d", "e"}


def test_the_command_says_what_stays(
    config: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = person(config, "ada")
    bring(config, "a", ada)
    monkeypatch.setattr(command, "settings", lambda: config)
    monkeypatch.setattr(sys, "argv", ["delete", "--brought-by", "ada", "--reason", "She left."])
    assert command.main() == 0 and left(config) == set()
    assert capsys.readouterr().out.startswith(
        "1 files are deleted, 0 stay under legal hold, 0 stay because others"
    )


def learned(config: Settings, *letters: str) -> str:
    """A version of data of these files, with faces that were cut from them, and answers; gives its hash."""
    for letter in letters:
        for name in (f"{letter * 64}.npz", f"{letter * 64}-prints.npz", f"{letter * 64}.json"):
            cut = items.training_home(config) / "cut" / "mesh-1" / (letter * 2) / name
            cut.parent.mkdir(parents=True, exist_ok=True)
            cut.write_bytes(b"faces")
    for name in ("by-hash.jsonl", "by-hash-worn.jsonl", "reference-1.jsonl"):
        book = items.training_home(config) / "exams" / "onnx-1" / name
        book.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({"file": kept_files.original(letter * 64), "why": "no face"}) for letter in letters
        ]
        book.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    chosen = [Item(letter * 64, "fake", "video", "swap", "desk", letter, "verdict") for letter in letters]
    made = Made(items.write(config, chosen), "desk", "Monday", {"files": len(letters)}, (
        {"sha256": "a" * 64, "name": "a.mp4", "code": "excluded", "why": "Asked for."},))  # fmt: skip
    with session(config) as opened:
        data_versions.keep(opened, DESK, made)
    return made.sha256


def test_learning_forgets_what_was_deleted(config: Settings) -> None:
    for letter in "ab":
        put_file(config, letter)
    holding, other = learned(config, "a", "b"), learned(config, "b")
    learned(config, "a", "b")  # the books again, with both
    manifest = items.manifest_path(config, holding).read_bytes()
    assert delete_media(config, DESK, [1], ORDER) == 0
    training = items.training_home(config)
    rest = [path for path in training.rglob("*") if path.is_file() and "a" * 64 in path.name]
    assert rest == [] and len(list(training.glob("cut/*/bb/*"))) == 3
    for book in training.glob("exams/*/by-hash*.jsonl"):
        assert [json.loads(line)["file"] for line in book.read_text().splitlines()] == [
            kept_files.original("b" * 64)
        ]
    assert (
        len((training / "exams/onnx-1/reference-1.jsonl").read_text().splitlines()) == 2
    )  # other files by that name
    with session(config) as opened:
        both, only = data_versions.by_sha256(opened, holding), data_versions.by_sha256(opened, other)
        told = audit.events(opened, action="data_version.lost_a_file")
    assert both and only and both.gone == ("a" * 64,) and only.gone == ()
    assert both.left_out[0]["name"] == "" and len(told) == 1
    assert items.manifest_path(config, holding).read_bytes() == manifest  # it is known by its hash
