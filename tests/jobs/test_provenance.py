"""Provenance on its way through a worker: read in a confined process, kept once, and no reason to fail."""

from dataclasses import asdict
from pathlib import Path

import pytest

from core.errors import AnalysisFailed
from core.provenance import Credentials, Provenance
from core.settings import Settings
from db import jobs, media, provenance
from db.session import session
from pipelines import originals, serving, staging
from pipelines.confine import Confined, Limits, Reach
from pipelines.intake import take_in
from pipelines.provenance import keeping
from pipelines.worker import ANALYSE
from tests.actors import DESK
from tests.jobs.conftest import Desk
from tests.media.conftest import plain, write_clip
from tests.provenance.signed import certificate, picture, sign


def kept(config: Settings, media_id: int) -> Provenance | None:
    with session(config) as opened:
        return provenance.of_media(opened, media_id)


def test_a_signed_picture_is_read_in_the_confined_process(config: Settings, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(certificate()[2])
    trusting = config.model_copy(update={"c2pa_trust": roots})
    path = sign(picture(tmp_path / "a.jpg"), tmp_path / "b.jpg", "image/jpeg")
    media_id, sha256 = taken(trusting, path)
    keeping.remember(trusting, media_id, sha256)
    found = kept(config, media_id)
    assert found is not None and found.failed is None
    assert (found.credentials.integrity, found.credentials.trust) == ("intact", "trusted")


def test_a_clip_keeps_what_its_encoder_wrote(config: Settings, tmp_path: Path) -> None:
    media_id, sha256 = taken(config, write_clip(tmp_path / "a.mp4", [plain(n) for n in range(5)]))
    keeping.remember(config, media_id, sha256)
    found = kept(config, media_id)
    assert found is not None and "FFmpeg" in {trace.tool for trace in found.traces}
    assert found.credentials == Credentials("absent")


def test_it_is_read_once(config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media_id, sha256 = taken(config, picture(tmp_path / "a.jpg"))
    keeping.remember(config, media_id, sha256)
    monkeypatch.setattr(keeping, "Confined", None)
    keeping.remember(config, media_id, sha256)


def test_what_a_worker_cannot_read_is_kept_with_its_reason_and_fails_nothing(working_desk: Desk) -> None:
    row = working_desk.wait(working_desk.ask("no media at all.mp4"), "done")
    assert row.media_id is not None
    found = kept(working_desk.config, row.media_id)
    assert found is not None and found.failed and "not a video" in found.failed


def taken(config: Settings, path: Path) -> tuple[int, str]:
    job = take_in(path, path.name, config, DESK)
    with session(config) as opened:
        row = jobs.get(opened, job.job_id)
        assert row is not None and row.media_id is not None and job.sha256 is not None
        assert media.get(opened, row.media_id)
    return row.media_id, job.sha256


@pytest.mark.slow
def test_the_analysis_takes_the_fingerprint_on_its_way(config: Settings, samples: Path, tmp_path: Path) -> None:
    media_id, sha256 = taken(config, samples / "portrait_manipulated.mp4")
    with session(config) as opened:
        info = media.get(opened, media_id)
    assert info is not None
    setup = {"settings": config.model_dump(mode="json", exclude={"database_url"}), "model": None, "device": "cpu"}
    model = serving.for_child(config, serving.in_service(config))
    path = originals.path_of(config.home, sha256)
    request = {"path": str(path), "media": asdict(info), "staging": str(tmp_path), "model": model}
    request["samples_per_second"] = None
    reach = Reach((path, config.models, config.face_models), tmp_path)
    with Confined(ANALYSE, Limits(config.analysis_memory, 120), reach, setup) as child:
        child.call(request)
    prints = staging.fingerprint(tmp_path)
    assert prints is not None and len(prints) >= 8
    (tmp_path / staging.HASHES).write_bytes(b"x")
    with pytest.raises(AnalysisFailed, match="another shape"):
        staging.fingerprint(tmp_path)
