"""What holds for the whole repository: who may import whom, what may not be in a file, how large weights are."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

MOST_WEIGHTS = 40 * 10**6  # bytes; they travel with every clone
CODE = ("core", "db", "pipelines", "dashboard", "scripts", "tests")
MACHINE_PATHS = re.compile(
    "|".join(re.escape(f"{place}/") for place in (ROOT, Path.home(), "/root", "/work"))
)
DETECTORS = sorted(path.parent for path in (ROOT / "models").glob("*/card.json"))


def tracked() -> list[Path]:
    """The text files of the repository, or of the folder where there is no git."""
    texts = {".py", ".md", ".toml", ".txt", ".ini", ".json", ".html", ".css", ".js", ".mako", ""}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        paths = [path for part in (*CODE, "docs", "configs") for path in (ROOT / part).rglob("*")]
    return [
        path for path in paths if path.suffix in texts and path.is_file() and "__pycache__" not in path.parts
    ]


def test_a_forbidden_import_would_be_seen(tmp_path: Path) -> None:
    """`make test` holds the imports to their contracts, which are only worth something if they can break."""
    config = (ROOT / "pyproject.toml").read_text("utf-8")
    for name in ("core", "db", "pipelines", "pipelines/media", "dashboard", "scripts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(config)
    (tmp_path / "core" / "upward.py").write_text("import dashboard\n")
    (tmp_path / "pipelines" / "media" / "impure.py").write_text("import db\n")
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Contracts: 1 kept, 2 broken" in done.stdout


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path != Path(__file__)
        and (match := MACHINE_PATHS.search(path.read_text("utf-8", errors="replace")))
    ]
    assert not found


def test_no_source_file_has_grown_over_four_hundred_lines() -> None:
    sources = [path for path in tracked() if path.suffix == ".py"]
    assert sources
    assert not [path.name for path in sources if len(path.read_text("utf-8").splitlines()) > 400]


@pytest.mark.parametrize("folder", DETECTORS, ids=lambda folder: folder.name)
def test_shipped_weights_are_small_and_match_their_card(folder: Path) -> None:
    weights = (folder / "weights.safetensors").read_bytes()
    assert len(weights) < MOST_WEIGHTS
    assert json.loads((folder / "card.json").read_text())["sha256"] == hashlib.sha256(weights).hexdigest()


def test_a_detector_ships() -> None:
    assert DETECTORS


def test_what_starts_again_and_again_loads_nothing_that_only_learning_needs() -> None:
    """A killed worker is back as soon as its code is loaded, and so is the process that decodes."""
    says = "import sys, pipelines.worker, pipelines.analysing; print(sorted(sys.modules))"
    says += "; import pipelines.retraining.cutting; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", says], cwd=ROOT, capture_output=True, text=True, check=True)
    working, cutting = done.stdout.splitlines()
    assert not [name for name in ("pandas", "sklearn", "scipy.stats", "torch") if f"'{name}'" in working]
    assert "'pandas'" in cutting and "'torch'" not in cutting
