"""A desk that is hurt on purpose comes out whole, and whoever looks it over afterwards would see if it did not."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sqlalchemy import delete, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import AnalysisFailed, TelltaleError
from core.settings import Settings
from db import audit, jobs, kept_files, wholeness
from db.models import Analysis, Artifact, FingerprintRecord, FrameScore, Job, ProvenanceRecord, Track
from db.session import engine, session
from pipelines import originals
from pipelines.faults import aftermath, clips, clock, storage
from pipelines.faults.desk import Desk
from pipelines.faults.plan import Fault, Plan, faults
from pipelines.faults.run import Report, run
from pipelines.faults.suffering import check_possible, suffer
from pipelines.faults.visitor import Visitor
from pipelines.intake import Taken
from pipelines.storage import share
from tests.actors import DESK
from tests.ports import free_port
from tests.postgresql import create, needs_postgresql

PLAN = Plan(
    seed=random.SystemRandom().randrange(10**6), clips=3, workers=1, faults=2, kinds=("worker", "storing"),
    every=5.0, lasting=1.0, longest=1.5, port=free_port(),
)  # fmt: skip


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Report]:
    """A desk whose worker was killed twice, and the report of that."""
    folder = tmp_path_factory.mktemp("hurt")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MIN_SAMPLES", "4"), ("SAMPLES_PER_SECOND", "1"), ("HEATMAPS", "1")):
            patch.setenv(f"TELLTALE_{name}", value)
        report = run(PLAN, folder, say=lambda _: None)
    return Settings(home=folder / "home"), report


@pytest.fixture
def rolled_back(hurt: tuple[Settings, Report]) -> Callable[[Callable[[Session], object]], list[str]]:
    """What is said of that desk after a change that is taken back."""

    def flaws(change: Callable[[Session], object]) -> list[str]:
        with session(hurt[0]) as opened:
            change(opened)
            opened.flush()
            found = wholeness.flaws(opened)
            opened.rollback()
            return found

    return flaws


Flaws = Callable[[Callable[[Session], object]], list[str]]


@pytest.mark.slow
def test_a_killed_worker_loses_and_doubles_nothing(hurt: tuple[Settings, Report]) -> None:
    _, report = hurt
    assert not report.found, report.found
    assert report.ended == {"done": sum(report.ended.values())} and report.ended["done"] >= 3
    assert sum(report.happened.values()) == 2 and report.starts and report.lived > 0
    assert {"/healthz", "/"} <= report.answers.keys() and all(told.count for told in report.answers.values())
    said = "\n".join(report.words())
    assert f"seed {PLAN.seed}" in said and "Everything is there, once and whole." in said
    assert TypeAdapter(Report).validate_json(TypeAdapter(Report).dump_json(report)) == report


def test_the_same_seed_hurts_in_the_same_way(tmp_path: Path, samples: Path) -> None:
    assert list(faults(PLAN)) == list(faults(PLAN))
    source = samples / "portrait_genuine.mp4"
    first, again, other = (
        [path.read_bytes() for path in islice(clips.distinct_clips(source, tmp_path / name, seed, 2.0), 3)]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again and len(set(first + other)) == 6


def test_a_missing_and_an_altered_file_are_seen(hurt: tuple[Settings, Report]) -> None:
    config, _ = hurt
    with session(config) as opened:
        original, *_, picture = (config.home / file.path for file in kept_files.all_of(opened))
    kept = {path: path.read_bytes() for path in (original, picture)}
    picture.unlink()
    original.chmod(0o644)
    original.write_bytes(kept[original][:-1] + b"\0\1")
    stray = config.home / "originals" / "ab" / "stray"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"")
    left = config.home / "staging" / "job-1"
    left.mkdir(parents=True)
    try:
        found = aftermath.found(config, [], [config.home])
    finally:
        stray.unlink()
        left.rmdir()
        for path, content in kept.items():
            path.write_bytes(content)
    assert len(found) == 4
    assert sum("missing or altered" in one for one in found) == 2
    assert sum("belongs to nothing" in one for one in found) == 1
    assert sum("was left behind" in one for one in found) == 1


def test_a_job_that_is_gone_is_missed(hurt: tuple[Settings, Report]) -> None:
    config, _ = hurt
    sent = taken(config, 1)
    assert not list(aftermath._jobs(config, [sent]))
    assert "is gone" in " ".join(aftermath._jobs(config, [replace(sent, job_id=999)]))
    assert "another file" in " ".join(aftermath._jobs(config, [replace(sent, sha256="0" * 64)]))
    assert "one job" in " ".join(aftermath._jobs(config, [sent, sent]))


def test_a_believed_wrong_file_is_seen(hurt: tuple[Settings, Report]) -> None:
    config, _ = hurt
    sent = taken(config, 1)
    assert not list(aftermath.believed(config, [sent], [str(sent.sha256)]))
    (said,) = aftermath.believed(config, [sent], [str(sent.sha256)] * 2)
    assert "its job is done" in said


def taken(config: Settings, job_id: int) -> Taken:
    """What came in as this job."""
    with session(config) as opened:
        row = jobs.get(opened, job_id)
    assert row is not None
    return Taken(job_id, row.name, row.sha256, False, None)


def doubled(opened: Session) -> None:
    """The first analysis once more, as a desk without a unique key would have it."""
    columns = ", ".join(c.name for c in Analysis.__table__.columns if c.name not in ("id", "settings_hash"))
    opened.execute(
        text(
            f"INSERT INTO analysis (settings_hash, {columns}) SELECT 'other', {columns} FROM analysis WHERE id = 1"
        )
    )


DAMAGE = {
    "analysed 2 times": doubled,
    "The log tells 0 times that analysis": doubled,
    "The log tells 2 times": lambda opened: audit.record(opened, DESK, "analysis.stored", "analysis:1"),
    "has no scores": lambda opened: opened.execute(delete(FrameScore)),
    "do not reach from its start to its end": lambda opened: opened.execute(
        delete(FrameScore).where(FrameScore.time == 0)
    ),
    "tracks of analysis 1, some are missing": lambda opened: opened.execute(update(Track).values(position=3)),
    "has not all pictures": lambda opened: opened.execute(delete(Artifact).where(Artifact.kind == "heat")),
    "without pictures": lambda opened: opened.execute(delete(Artifact)),
    "without tracks": lambda opened: opened.execute(delete(Track)),
    "without a score": lambda opened: opened.execute(update(Analysis).values(score=None)),
    "has not ended: running": lambda opened: opened.execute(update(Job).values(state="running")),
    "is done and has no analysis": lambda opened: opened.execute(update(Job).values(analysis_id=None)),
    "with the analysis of another file": lambda opened: opened.execute(update(Job).values(analysis_id=1)),
    "does not say why": lambda opened: opened.execute(update(Job).values(state="failed")),
    "of its making was not kept": lambda opened: opened.execute(delete(ProvenanceRecord)),
    "has no fingerprint": lambda opened: opened.execute(delete(FingerprintRecord)),
}


@pytest.mark.parametrize("said", DAMAGE)
def test_what_is_doubled_half_stored_or_without_end_is_seen(rolled_back: Flaws, said: str) -> None:
    assert any(said in one for one in rolled_back(DAMAGE[said]))


def test_a_whole_desk_has_no_flaws(rolled_back: Flaws) -> None:
    assert rolled_back(lambda _: None) == []


def test_what_cant_be_done_here_is_refused_before_anything_is_hurt(tmp_path: Path) -> None:
    for kind, code in (("database", "no_server"), ("disk", "large_disk"), ("clock", "no_clock")):
        with pytest.raises(TelltaleError) as refused:
            check_possible((kind,), tmp_path, on_server=False, faked=None)
        assert refused.value.code == code
    check_possible(("worker", "storing", "page", "full", "slow", "wrong"), tmp_path, False, None)


def test_a_storage_is_as_it_is_told_to_be(tmp_path: Path) -> None:
    storage.register()
    place = tmp_path / "storage"
    near, far = (Settings(home=tmp_path / name, storage_url=storage.url(place)) for name in ("near", "far"))
    sha256 = put(near, b"a clip")
    storage.set_mood(place, storage.Mood(wrong=1.0))
    with pytest.raises(AnalysisFailed) as refused:
        originals.verify(far, sha256)
    assert refused.value.code == "original_altered" and storage.served_wrong(place) == [sha256] * 2
    storage.set_mood(place, storage.Mood(slow=0.2))
    began = time.monotonic()
    assert originals.verify(far, sha256).read_bytes() == b"a clip" and time.monotonic() - began >= 0.2
    storage.set_mood(place, storage.Mood(full=True))
    with pytest.raises(OSError, match="No space"):
        put(near, b"another")


def put(config: Settings, content: bytes) -> str:
    """Keep a file and share it; gives its hash."""
    with originals.Incoming(config.home, 1000) as incoming:
        incoming.write(content)
        sha256 = incoming.complete()
        share(config, originals.path_of(config.home, sha256), incoming.path)
        incoming.place(sha256)
    return sha256


@pytest.mark.skipif(
    clock.library() is None and "CI" not in os.environ, reason="No libfaketime here (Debian: apt install faketime)."
)
def test_a_clock_turns_while_its_process_runs(tmp_path: Path) -> None:
    library, told = clock.library(), tmp_path / "now.time"
    assert library
    says = "import time; input(); print(time.time(), flush=True); input(); print(time.time(), flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", says], env=os.environ | clock.environment(library, told),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin and process.stdout
    for turned in (0, 86_400):
        clock.turn(told, turned)
        process.stdin.write("\n")
        process.stdin.flush()
        assert abs(float(process.stdout.readline()) - time.time() - turned) < 30
    assert process.wait() == 0


@needs_postgresql
def test_every_connection_is_cut_but_those_of_who_cuts(postgresql: str, tmp_path: Path) -> None:
    desk = Desk(replace(PLAN, clips=1, port=None), tmp_path, create(postgresql, "cut", "migrated"), None)
    with (
        engine(desk.plain.database_url).connect() as others,
        engine(desk.config.database_url).connect() as ours,
    ):
        for connection in (others, ours):
            connection.execute(text("SELECT 1"))
        suffer(desk, Fault(1, "database", 0.0, 0, 0.0))
        assert ours.scalar(text("SELECT 1")) == 1
        with pytest.raises(OperationalError):
            others.execute(text("SELECT 1"))
    for url in (desk.plain.database_url, desk.config.database_url):
        engine(url).dispose()


def test_nobody_answers_where_no_pages_are() -> None:
    visitor = Visitor(free_port())
    visitor._away_since = None
    visitor._ask("/healthz")
    visitor._ask("/history")
    assert dict(visitor._unanswered) == {"/healthz": 1, "/history": 1} and not visitor.answers()
