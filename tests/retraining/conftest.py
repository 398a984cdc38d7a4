"""A newsroom in a temporary folder: files, people who judge them, and a reference set."""

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from core.settings import Settings
from db import media, verdicts
from db.models import Origin
from db.models_people import Judgement
from db.session import session
from db.verdicts import Said
from pipelines.media.probe import probe
from pipelines.originals import Incoming, path_of
from pipelines.retraining.items import training_home
from tests.actors import person


class Newsroom:
    """A desk with three people: Ada and Ben judge, Eve signs off."""

    def __init__(self, folder: Path, empty_home: Path, cut: Path) -> None:
        """`empty_home` is copied; cut faces are shared, for they lie under the hash of their file in any desk."""
        self.config = Settings(home=folder / "home", reference=folder / "reference", base_faces=folder / "none")
        shutil.copytree(empty_home, self.config.home)
        training_home(self.config).mkdir()
        (training_home(self.config) / "cut").symlink_to(cut)
        self.ada, self.ben = person(self.config, "ada"), person(self.config, "ben")
        self.eve = person(self.config, "eve", "editor")

    def take_in(self, name: str, content: bytes, origin: Origin = "desk") -> int:
        """Put a file on the desk; gives its media id."""
        with Incoming(self.config.home, self.config.max_bytes) as incoming:
            incoming.write(content)
            sha256 = incoming.complete()
            incoming.place(sha256)
        info = probe(path_of(self.config.home, sha256), name, sha256, self.config)
        with session(self.config) as opened:
            return media.add(opened, info, origin)

    def judge(self, media_id: int, picture: Judgement, confirmed: bool = True) -> int:
        """Ada gives a verdict, and Ben confirms it."""
        with session(self.config) as opened:
            verdict = verdicts.give(opened, self.ada, media_id, Said(picture, "high", "I looked."))
            if confirmed:
                verdicts.opine(opened, self.ben, verdict, "confirm")
        return verdict

    def judged(self, name: str, content: bytes, picture: Judgement) -> str:
        """A file with a confirmed verdict; gives its hash."""
        self.judge(self.take_in(name, content), picture)
        return hashlib.sha256(content).hexdigest()

    def hold_out(self, files: dict[str, tuple[bytes, str, str]]) -> None:
        """A reference set of files: content, label and method by name."""
        assert self.config.reference
        folder = self.config.reference / "held"
        folder.mkdir(parents=True)
        with (self.config.reference / "held.csv").open("w", newline="") as table:
            rows = csv.writer(table)
            rows.writerow(["file", "label", "method", "dataset", "group", "split"])
            for name, (content, label, method) in files.items():
                (folder / name).write_bytes(content)
                rows.writerow([name, label, method, "held", name, "dev"])


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all newsrooms keep their cut faces: cutting takes a while."""
    return tmp_path_factory.mktemp("cut")


@pytest.fixture
def newsroom(tmp_path: Path, empty_home: Path, cut: Path) -> Newsroom:
    """A newsroom of one's own."""
    return Newsroom(tmp_path, empty_home, cut)
