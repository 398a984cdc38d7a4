"""Setup says what is wrong before it starts, and repeats nothing."""

from pathlib import Path

import pytest

from scripts import bootstrap, doctor
from scripts.bootstrap import SetupFailed


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setattr(doctor, "LIBRARIES", ("libc.so.6", "libnothing-of-this-name.so.9"))
    problem = doctor.missing_libraries()
    assert problem is not None
    assert "libnothing-of-this-name.so.9" in problem
    assert "libc.so.6" not in problem
    assert "apt install" in problem


def test_packages_are_installed_once_and_again_when_the_list_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("one==1\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "bin" / "python")
    assert not bootstrap._is_installed([wanted])
    bootstrap._stamp(wanted).write_text(bootstrap._digest(wanted))
    assert bootstrap._is_installed([wanted])
    wanted.write_text("one==2\n")
    assert not bootstrap._is_installed([wanted])


def test_the_pin_of_the_opencv_that_must_come_last_is_read_from_the_requirements() -> None:
    name, version = bootstrap._pin(bootstrap.HEADLESS_OPENCV).split("==")
    assert name == "opencv-python-headless"
    assert version == bootstrap._pin("opencv-contrib-python").split("==")[1]


def test_what_fails_is_said_in_a_sentence() -> None:
    with pytest.raises(SetupFailed, match="no luck"):
        bootstrap._run(["false"], "no luck")
