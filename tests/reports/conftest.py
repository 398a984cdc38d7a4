"""A desk that holds a sample clip, really analysed with the detector that ships, and a case about it."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.detectors.registry import Detector
from core.settings import Settings
from db import analyses, audit, cases, media, notes, verdicts
from db.cases import Asked
from db.rights import User
from db.session import engine, session
from db.verdicts import Said
from pipelines import artifacts, staging
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe
from pipelines.originals import Incoming
from tests.actors import DESK, person

CLIP = "portrait_manipulated.mp4"


@dataclass(frozen=True)
class Desk:
    """Its settings, who is at it, and the ids of what it holds."""

    config: Settings
    ana: User
    bo: User
    media_id: int
    analysis_id: int
    case_id: int
    verdict_id: int


@pytest.fixture(scope="session")
def filled(
    samples: Path,
    empty_home: Path,
    shipped_detector: Detector,
    face_finder: FaceFinder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    """To be copied, not written to: analysing takes a while."""
    config = Settings(home=tmp_path_factory.mktemp("filled") / "home")
    shutil.copytree(empty_home, config.home)
    ana, bo = person(config, "ana"), person(config, "bo", "editor")
    media_id, analysis_id = _analysed(config, samples / CLIP, shipped_detector, face_finder)
    case_id, verdict_id = _judged(config, ana, bo, media_id, analysis_id)
    yield Desk(config, ana, bo, media_id, analysis_id, case_id, verdict_id)
    engine(config.resolved_database_url()).dispose()


@pytest.fixture
def desk(filled: Desk, tmp_path: Path) -> Desk:
    """A copy of that desk for one test."""
    shutil.copytree(filled.config.home, tmp_path / "home")
    config = Settings(home=tmp_path / "home", outlet_name="The Daily Ledger")
    return Desk(
        config, filled.ana, filled.bo, filled.media_id, filled.analysis_id, filled.case_id, filled.verdict_id
    )


def _analysed(config: Settings, clip: Path, detector: Detector, finder: FaceFinder) -> tuple[int, int]:
    sha256 = hashlib.sha256(clip.read_bytes()).hexdigest()
    with Incoming(config.home, config.max_bytes) as incoming:
        incoming.write(clip.read_bytes())
        incoming.complete()
        incoming.place(sha256)
    info = probe(clip, clip.name, sha256, config)
    found = analyse(clip, info, detector, finder, config, lambda _progress: None)
    with TemporaryDirectory() as staged, session(config) as opened:
        staging.write(Path(staged), found)
        media_id = media.add(opened, info)
        audit.record(opened, DESK, "media.received", f"media:{media_id}", name=info.name, sha256=sha256)
        folder = artifacts.folder_of(config.home, sha256, found.model, "s" * 64)
        kept = artifacts.keep(Path(staged), config, folder)
        return media_id, analyses.add(opened, media_id, found, "s" * 64, kept)


def _judged(config: Settings, ana: User, bo: User, media_id: int, analysis_id: int) -> tuple[int, int]:
    with session(config) as opened:
        said = Said("manipulated", "high", "The mouth flickers.", analysis_id=analysis_id)
        verdict_id = verdicts.give(opened, ana, media_id, said)
        verdicts.opine(opened, bo, verdict_id, "confirm")
        verdicts.sign_off(opened, bo, verdict_id)
        notes.add(opened, ana, analysis_id, 1.25, "Left corner of the mouth.", "A")
        case_id = cases.start(opened, ana, Asked("The astronaut", "Is it genuine?", "News desk"))
        cases.add_item(opened, ana, case_id, media_id)
        cases.comment(opened, ana, case_id, "Between us: the source is nervous.")
        cases.answer(opened, bo, case_id, "No. The face was manipulated.")
    return case_id, verdict_id
