"""The way in: what is kept, what is refused, and that nothing is kept by half."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import MediaRefused, TelltaleError
from core.settings import Settings
from db import audit, case_file, cases, jobs, media
from db.models_people import Role
from db.rights import NotAllowed
from db.session import session
from pipelines import originals
from pipelines.intake import Taken, admit, display_name, media_in, take_in, take_in_folder
from pipelines.originals import Incoming
from pipelines.wishes import Wish
from tests.actors import DESK, person


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of moving noise."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    noise = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(6):
            picture = noise.integers(0, 255, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path


def kept(config: Settings) -> Iterator[Path]:
    """Every file in the desk's own folders."""
    for folder in ("originals", "incoming"):
        yield from (path for path in (config.home / folder).rglob("*") if path.is_file())


def test_an_original_is_kept_untouched_and_read_only(config: Settings, clip: Path) -> None:
    taken = take_in(clip, "clip.mp4", config, DESK)
    assert taken.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest() and not taken.known
    (original,) = kept(config)
    assert original == originals.path_of(config.home, taken.sha256)
    assert original.read_bytes() == clip.read_bytes()
    assert stat.S_IMODE(original.stat().st_mode) == 0o444
    row = row_of(config, taken)
    assert (row.state, row.sha256, row.kind, row.name) == ("queued", taken.sha256, "video", "clip.mp4")


def test_the_same_bytes_are_kept_once_with_both_names(config: Settings, clip: Path) -> None:
    first = take_in(clip, "clip.mp4", config, DESK)
    second = take_in(io.BytesIO(clip.read_bytes()), "the same 🎬.mov", config, DESK)
    assert second.known and second.sha256 == first.sha256
    assert len(list(kept(config))) == 1
    with session(config) as opened:
        assert list(media.names(opened, first.sha256 or "")) == ["clip.mp4", "the same 🎬.mov"]


def test_an_original_that_was_lost_is_brought_back(config: Settings, clip: Path) -> None:
    take_in(clip, "clip.mp4", config, DESK)
    (original,) = kept(config)
    original.unlink()
    assert not take_in(clip, "clip.mp4", config, DESK).known
    assert original.is_file()


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"Dear editor, this is only a text.\n" * 9, "not_media")]
)
def test_a_refused_file_leaves_a_reason_and_nothing_else(config: Settings, content: bytes, code: str) -> None:
    taken = take_in(io.BytesIO(content), "clip.mp4", config, DESK)
    assert taken.refusal is not None and taken.refusal.code == code
    assert not list(kept(config))
    row = row_of(config, taken)
    assert (row.state, row.error_code, row.error_message, row.media_id) == (
        "failed",
        code,
        taken.refusal.message,
        None,
    )


def test_a_file_that_is_too_large_is_cut_off_while_it_comes_in(config: Settings) -> None:
    small = config.model_copy(update={"max_bytes": 3 * 2**20})
    source = io.BytesIO(bytes(9 * 2**20))
    assert _code(take_in(source, "large.mp4", small, DESK)) == "too_large"
    assert source.tell() <= 4 * 2**20
    assert not list(kept(config))


def test_a_pipe_is_not_waited_for(config: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")
    assert _code(take_in(tmp_path / "clip.mp4", "clip.mp4", config, DESK)) == "not_a_file"
    assert _code(take_in(tmp_path / "nothing.mp4", "nothing.mp4", config, DESK)) == "not_a_file"


def test_a_source_that_breaks_off_leaves_nothing(config: Settings) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise ConnectionResetError("gone")

    assert _code(take_in(Broken(), "clip.mp4", config, DESK)) == "not_stored"
    assert not list(kept(config))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\clip.mp4", "clip.mp4"),
        ("two\nlines\t\x00.mp4", "two lines .mp4"),
        ("evil\u202e4pm.exe", "evil4pm.exe"),
        ("family 👩\u200d👧.mp4", "family 👩\u200d👧.mp4"),
        ("not text \udcff.mp4", "not text \ufffd.mp4"),
        ("\n", "unnamed"),
        ("é" * 500, "é" * 200),
    ],
)
def test_names_are_made_fit_to_be_shown(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_a_folder_is_taken_in_by_its_media(config: Settings, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "b.MP4").write_bytes(clip.read_bytes())
    Image.new("RGB", (40, 40), "red").save(folder / "a.png")
    (folder / "notes.txt").write_text("not media")
    (folder / ".hidden.mp4").write_bytes(b"")
    (folder / "link.mp4").symlink_to("/etc/passwd")
    (folder / "broken.mp4").write_bytes(b"")
    taken = list(take_in_folder(folder, config, DESK, Wish("background")))
    assert [(one.name, _code(one)) for one in taken] == [
        ("a.png", None),
        ("broken.mp4", "empty"),
        ("b.MP4", None),
    ]
    with session(config) as opened:
        assert {row.priority for row in jobs.latest(opened)} == {"background"}


def test_only_an_admin_names_a_folder_of_the_desks_machine(config: Settings, clip: Path) -> None:
    roles: tuple[Role, ...] = ("analyst", "editor")
    for role in roles:
        with pytest.raises(NotAllowed, match="Only an admin can take in a folder"):
            list(take_in_folder(clip.parent, config, person(config, role, role)))
    with session(config) as opened:
        assert not jobs.latest(opened)


def test_what_comes_in_is_in_its_case_and_looked_at_as_wished(config: Settings, clip: Path) -> None:
    case_id = a_case(config)
    row = row_of(config, take_in(clip, "clip.mp4", config, DESK, Wish("urgent", case_id, 8.0)))
    assert (row.priority, row.samples_per_second, row.case_title) == ("urgent", 8.0, "A case")
    with session(config) as opened:
        case = case_file.get(opened, case_id)
        assert case is not None and [item.sha256 for item in case.exhibits] == [row.sha256]
        asked = audit.events(opened, f"media:{row.media_id}")
    assert [event.details.get("samples_per_second") for event in asked if event.action == "analysis.asked"] == [8.0]


def test_the_same_file_looked_at_more_closely_is_another_job(config: Settings, clip: Path) -> None:
    first, again, closer, usual = (
        take_in(clip, "clip.mp4", config, DESK, Wish(samples_per_second=rate)).job_id
        for rate in (None, None, 8.0, config.samples_per_second)
    )
    assert first == again == usual != closer


def test_a_picture_is_looked_at_whole_whatever_is_wished(config: Settings) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(picture, "PNG")
    picture.seek(0)
    taken = take_in(picture, "a.png", config, DESK, Wish(samples_per_second=8.0))
    assert row_of(config, taken).samples_per_second is None


@pytest.mark.parametrize("rate", [0.0, -1.0, 0.01, 31.0, float("inf"), float("nan")])
def test_a_rate_beyond_the_limits_is_refused_before_anything_is_copied(
    config: Settings, clip: Path, rate: float
) -> None:
    with pytest.raises(TelltaleError) as refusal:
        take_in(clip, "clip.mp4", config, DESK, Wish(samples_per_second=rate))
    assert refusal.value.code == "bad_sampling" and not list(kept(config))


def test_nothing_comes_into_a_case_that_is_closed_or_not_there(config: Settings, clip: Path) -> None:
    closed = a_case(config)
    with session(config) as opened:
        cases.close(opened, DESK, closed)
    for case_id, code in ((closed, "case_closed"), (4711, "no_case")):
        with pytest.raises(TelltaleError) as refusal:
            take_in(clip, "clip.mp4", config, DESK, Wish(case_id=case_id))
        assert refusal.value.code == code
    assert not list(kept(config))


def test_a_case_that_closes_while_a_file_comes_refuses_it_and_keeps_nothing(config: Settings, clip: Path) -> None:
    case_id = a_case(config)
    with Incoming(config.home, config.max_bytes) as incoming:
        incoming.write(clip.read_bytes())
        with session(config) as opened:
            cases.close(opened, DESK, case_id)
        taken = admit(incoming, "clip.mp4", config, DESK, Wish(case_id=case_id))
    assert _code(taken) == "case_closed" and not list(kept(config))
    with session(config) as opened:
        assert media.is_empty(opened)


def a_case(config: Settings) -> int:
    with session(config) as opened:
        return cases.start(opened, DESK, cases.Asked("A case"))


def test_a_folder_without_media_is_refused(tmp_path: Path) -> None:
    for folder, code in ((tmp_path, "no_media"), (tmp_path / "nowhere", "no_folder")):
        with pytest.raises(MediaRefused) as refusal:
            media_in(folder)
        assert refusal.value.code == code


def test_what_broke_off_long_ago_is_swept(config: Settings) -> None:
    folder = config.home / "incoming"
    folder.mkdir(parents=True)
    for name, age in (("part-old", originals.ABANDONED + 60), ("part-new", 60)):
        (folder / name).touch()
        moment = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (moment, moment))
    originals.sweep(config.home)
    assert [path.name for path in folder.iterdir()] == ["part-new"]


def row_of(config: Settings, taken: Taken) -> jobs.JobRow:
    with session(config) as opened:
        row = jobs.get(opened, taken.job_id)
    assert row is not None
    return row


def _code(taken: Taken) -> str | None:
    return taken.refusal.code if taken.refusal else None
