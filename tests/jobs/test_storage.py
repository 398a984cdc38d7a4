"""Files that several machines share: what one takes in, another finds whole, or says that it doesn't."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import boto3
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from core.errors import AnalysisFailed
from core.settings import Settings
from db import history
from db.history import Filter
from db.session import session
from pipelines import originals, storage
from pipelines.intake import take_in
from tests.actors import DESK
from tests.jobs.conftest import Desk, WorkerProcess
from tests.ports import free_port

NUMBERS = count(1)
Machines = tuple[Settings, Settings]


@pytest.fixture(scope="module")
def s3() -> Iterator[ThreadedMotoServer]:
    """A service that answers as S3 does, and how to reach it in the environment."""
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield server
    server.stop()


@pytest.fixture
def bucket(s3: ThreadedMotoServer) -> str:
    """The URL of an empty bucket."""
    name = f"desk-{next(NUMBERS)}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/shared"


@pytest.fixture(params=["file", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where files are shared."""
    if request.param == "s3":
        found: str = request.getfixturevalue("bucket")
        return found
    return f"file://{tmp_path}/shared" if request.param == "file" else f"memory://shared-{next(NUMBERS)}"


@pytest.fixture
def machines(url: str, either: Settings) -> Machines:
    """Two machines with a database and files in common, each with a `home` of its own."""
    database = either.resolved_database_url()
    one = either.model_copy(update={"database_url": database, "storage_url": url})
    return one, one.model_copy(update={"home": either.home.parent / "other"})


pytestmark = pytest.mark.parametrize("either", ["sqlite"], indirect=True)


def received(machine: Settings, samples: Path) -> str:
    """The hash of a sample that this machine took in."""
    sample = sorted(samples.glob("*.mp4"))[0]
    taken = take_in(sample, sample.name, machine, DESK)
    assert taken.sha256 and not taken.refusal
    return taken.sha256


def test_what_one_machine_took_in_another_reads_and_knows(machines: Machines, samples: Path) -> None:
    here, there = machines
    sha256 = received(here, samples)
    assert originals.verify(there, sha256).read_bytes() == originals.verify(here, sha256).read_bytes()
    sample = sorted(samples.glob("*.mp4"))[0]
    assert take_in(sample, "again.mp4", there, DESK).known
    assert not list((there.home / "originals").rglob(".fetch-*"))


def test_a_copy_that_went_bad_is_fetched_again(machines: Machines, samples: Path) -> None:
    here, there = machines
    sha256 = received(here, samples)
    copy = originals.here(there, sha256)
    copy.chmod(0o644)
    copy.write_bytes(b"a bad sector")
    assert originals.verify(there, sha256).read_bytes() == originals.here(here, sha256).read_bytes()


def test_a_storage_that_gives_other_bytes_is_found_out(machines: Machines, samples: Path) -> None:
    here, there = machines
    sha256 = received(here, samples)
    bucket = storage.Bucket(here.storage_url)
    name = originals.path_of(here.home, sha256).relative_to(here.home).as_posix()
    bucket.remove(name)
    with pytest.raises(AnalysisFailed, match="gone"):
        originals.verify(there, sha256)
    other = there.home.parent / "other bytes"
    other.write_bytes(b"other bytes")
    bucket.put(other, name)
    with pytest.raises(AnalysisFailed, match="no longer matches"):
        originals.verify(there, sha256)
    originals.verify(here, sha256)


def test_a_file_that_can_not_be_shared_is_not_taken_in(
    machines: Machines, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = machines

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.Bucket, "put", full)
    sample = sorted(samples.glob("*.mp4"))[0]
    taken = take_in(sample, sample.name, here, DESK)
    assert taken.refusal and "space" in str(taken.refusal)
    assert not [path for path in (here.home / "originals").rglob("*") if path.is_file()]


def test_half_a_file_is_put_again(machines: Machines, samples: Path, tmp_path: Path) -> None:
    here, there = machines
    sha256 = received(here, samples)
    path = originals.here(here, sha256)
    name = path.relative_to(here.home).as_posix()
    half = tmp_path / "half"
    half.write_bytes(path.read_bytes()[:100])
    bucket = storage.Bucket(here.storage_url)
    bucket.remove(name)
    bucket.put(half, name)
    storage.share(here, path)
    assert originals.verify(there, sha256).stat().st_size == path.stat().st_size
    storage.forget(there, originals.here(there, sha256))
    assert not bucket.get(name, tmp_path / "nothing")


def test_a_bucket_that_nobody_answers_for_takes_nothing_in(
    bucket: str, either: Settings, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    nowhere = either.model_copy(update={"storage_url": bucket.replace("shared", "elsewhere")})
    sample = sorted(samples.glob("*.mp4"))[0]
    taken = take_in(sample, sample.name, nowhere, DESK)
    assert taken.refusal and "does not answer" in str(taken.refusal)
    assert not [path for path in (nowhere.home / "originals").rglob("*") if path.is_file()]


def test_a_worker_with_a_home_of_its_own_analyses_what_the_desk_took_in(
    desk: Desk, tmp_path: Path, bucket: str
) -> None:
    shared = {"database_url": desk.config.resolved_database_url(), "storage_url": bucket}
    here = desk.config = desk.config.model_copy(update=shared)
    job_id = desk.ask("clip.mp4")
    sha256 = desk.job(job_id).sha256 or ""
    storage.share(here, originals.path_of(here.home, sha256))
    desk.worker = WorkerProcess(here.model_copy(update={"home": tmp_path / "elsewhere"}))
    desk.worker.start()
    desk.wait(job_id, "done")
    with session(here) as opened:
        (row,) = history.search(opened, Filter("clip")).rows
    assert row.thumbnail and not (here.home / row.thumbnail).exists()
    assert storage.here(here, here.home / row.thumbnail).read_bytes().startswith(b"\xff\xd8\xff")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What other tests stored, and whom they connected to, is none of this one's business."""
    MemoryFileSystem.store.clear()
    S3FileSystem.clear_instance_cache()
