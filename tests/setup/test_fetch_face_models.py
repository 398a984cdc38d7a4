"""Fetching the face networks: kept when right, replaced when altered, and nothing half done."""

import zipfile
from pathlib import Path

import pytest

from core.settings import settings
from scripts import fetch_face_models
from scripts.fetch_face_models import MODELS, FetchFailed, fetch, missing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The networks as setup left them, free to be altered."""
    for member in MODELS:
        name = Path(member).name
        (tmp_path / name).write_bytes((settings().face_models / name).read_bytes())
    return tmp_path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds nothing, and quickly."""
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": "", "RETRIES": "0"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)


def test_what_is_there_and_right_is_left_alone(folder: Path, offline: None) -> None:
    assert fetch(folder) == []


def test_an_altered_network_counts_as_missing(folder: Path) -> None:
    (folder / "face_landmark.tflite").write_bytes(b"something else")
    assert missing(folder) == ["face_landmark/face_landmark.tflite"]


def test_without_a_network_it_says_where_to_put_the_files(tmp_path: Path, offline: None) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(tmp_path / "models")
    assert str(tmp_path / "models") in str(caught.value)
    assert "face_landmark.tflite" in str(caught.value)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_wheel_with_other_content_is_refused_and_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("mediapipe/modules/face_landmark/face_landmark.tflite", b"other weights")
    monkeypatch.setattr(fetch_face_models, "_download", lambda _scratch, _folder: wheel)
    (folder / "face_landmark.tflite").unlink()
    with pytest.raises(FetchFailed, match="not the file we know"):
        fetch(folder)
    assert not (folder / "face_landmark.tflite").exists()
