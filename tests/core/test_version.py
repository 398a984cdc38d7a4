"""The fingerprint of the code: the same for the same code anywhere, another for any other."""

import shutil
from pathlib import Path

import pytest

from core.settings import ROOT
from core.version import PACKAGES, VERSION, build, fingerprint


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A small project."""
    for package in PACKAGES:
        (tmp_path / package / "inner").mkdir(parents=True)
        (tmp_path / package / "inner" / "one.py").write_text(f"NAME = '{package}'\n")
    return tmp_path


@pytest.mark.parametrize("package", PACKAGES)
def test_other_code_has_another_fingerprint(code: Path, package: str) -> None:
    before, one = fingerprint(code), code / package / "inner" / "one.py"
    one.write_text(one.read_text().replace("=", "=="))
    changed = fingerprint(code)
    one.rename(one.with_name("two.py"))
    assert len({before, changed, fingerprint(code)}) == 3


def test_what_is_no_code_makes_no_difference_nor_where_it_lies(
    code: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = fingerprint(code)
    (code / "core" / "notes.txt").write_text("nothing that runs")
    (code / "data").mkdir()
    (code / "data" / "own.py").write_text("nothing of ours")
    elsewhere = shutil.copytree(code, tmp_path_factory.mktemp("elsewhere") / "copy")
    assert fingerprint(code) == fingerprint(elsewhere) == before


def test_a_build_names_the_version_and_the_code() -> None:
    assert build() == f"{VERSION}+{fingerprint(ROOT)[:12]}"
