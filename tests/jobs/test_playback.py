"""Frame times and copies as the desk makes them: confined, once, beside an original that stays as it is."""

import hashlib
import time
from pathlib import Path

import numpy as np
import pytest

from core.errors import MediaRefused
from core.evidence import MediaInfo
from core.settings import Settings
from pipelines import playback
from pipelines.media.probe import probe
from pipelines.originals import path_of
from pipelines.playback import Making, copy_of, folder_of, frame_times, kept_copy, plays
from tests.media.conftest import plain, write_clip

PATIENCE = 120  # s on a busy machine


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def held(config: Settings, made: Path) -> MediaInfo:
    """The file as an original, and what it is."""
    sha256 = hashlib.sha256(made.read_bytes()).hexdigest()
    target = path_of(config.home, sha256)
    target.parent.mkdir(parents=True)
    made.rename(target)
    target.chmod(0o444)
    return probe(target, made.name, sha256, config)


def waited(config: Settings, info: MediaInfo) -> Path | Making:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = copy_of(config, info)
        if isinstance(found, Path) or found.refused:
            return found
        time.sleep(0.1)
    pytest.fail("no copy came")


def test_a_copy_is_made_once_and_the_original_stays(config: Settings, tmp_path: Path) -> None:
    info = held(config, write_clip(tmp_path / "old.avi", [plain(n) for n in range(12)], codec="mpeg4"))
    original = path_of(config.home, info.sha256)
    assert kept_copy(config, info.sha256) is None
    assert isinstance(copy_of(config, info), Making)
    made = waited(config, info)
    assert made == kept_copy(config, info.sha256) == folder_of(config.home, info.sha256) / "copy.mp4"
    when = made.stat().st_mtime_ns
    assert copy_of(config, info) == made and made.stat().st_mtime_ns == when
    assert hashlib.sha256(original.read_bytes()).hexdigest() == info.sha256
    assert original.stat().st_mode & 0o777 == 0o444
    assert [path.name for path in made.parent.iterdir()] == ["copy.mp4"]  # nothing half-done beside it


def test_frame_times_are_read_once(config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = [0, 40, 90, 200, 210, 400]
    info = held(config, write_clip(tmp_path / "uneven.mkv", [plain(n) for n in range(6)], stamps=stamps))
    kept = frame_times(config, info.sha256)
    assert np.fromfile(kept, "<f8") == pytest.approx([stamp / 1000 for stamp in stamps], abs=1e-9)
    monkeypatch.setattr(playback, "Confined", None)  # no second process is asked
    assert frame_times(config, info.sha256) == kept


def test_a_fault_of_ours_is_told_too(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_asked: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(playback, "_make", fault)
    found = waited(config, MediaInfo("f" * 64, "a.avi", "video", 1, "avi", "mpeg4", 4, 4, 1.0, 25.0, 0))
    assert isinstance(found, Making) and "fault of ours" in (found.refused or "")


def test_why_there_is_no_copy_is_told(config: Settings, tmp_path: Path) -> None:
    info = held(config, write_clip(tmp_path / "old.avi", [plain(n) for n in range(12)], codec="mpeg4"))
    original = path_of(config.home, info.sha256)
    original.chmod(0o644)
    original.write_bytes(b"RIFF\x00\x00\x00\x00AVI nothing more")
    refused = waited(config, info)
    assert isinstance(refused, Making) and refused.refused
    assert kept_copy(config, info.sha256) is None
    with pytest.raises(MediaRefused):
        frame_times(config, info.sha256)


@pytest.mark.parametrize("written", ["no MP4", None])
def test_what_the_confined_process_leaves_is_not_believed(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str | None
) -> None:
    info = held(config, write_clip(tmp_path / "old.avi", [plain(n) for n in range(12)], codec="mpeg4"))

    def encode(_config: Settings, _info: MediaInfo, out: Path, _making: Making) -> None:
        if written:
            out.write_text(written)
        else:
            out.symlink_to("/etc/passwd")

    monkeypatch.setattr(playback, "_encode", encode)
    refused = waited(config, info)
    assert isinstance(refused, Making) and refused.refused
    assert kept_copy(config, info.sha256) is None


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [("a.mp4", "libx264", True), ("a.mp4", "libx265", False), ("a.avi", "libx264", False)],
)
def test_what_browsers_play(config: Settings, tmp_path: Path, name: str, codec: str, expected: bool) -> None:
    made = write_clip(tmp_path / name, [plain(n) for n in range(4)], codec=codec)
    assert plays(probe(made, name, "0" * 64, config)) is expected
