"""What is written for those who deploy names settings, commands and folders that exist."""

import importlib.util
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import PurePath

import pytest
import yaml

from core.settings import ROOT, Settings

WRITTEN = sorted([ROOT / "docs" / "deployment.md", *(ROOT / "deploy").iterdir()])
# What an image does without. Whoever adds a file or folder beside these says where it belongs: here, or there.
NOT_IN_AN_IMAGE = {
    ".ci", ".dockerignore", ".gitignore", "alembic.ini", "deploy", "docs", "requirements-dev.txt", "tests",
}  # fmt: skip
A_DESKS_OWN = (
    ".git/config", ".venv/bin/python", ".streamlit/secrets.toml", "data/telltale.sqlite", "runs/night/a.safetensors",
    "cache/faces/one.png", "telltale.egg-info/PKG-INFO", ".env", "backup.zip", "core/__pycache__/gpu.cpython-311.pyc",
)  # fmt: skip


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_settings_and_commands_exist(path) -> None:
    text = path.read_text("utf-8")
    named = {name.lower() for name in re.findall(r"TELLTALE_([A-Z_]+)", text)}
    assert named <= set(Settings.model_fields)
    for module in re.findall(r"python -m ((?:scripts|db|pipelines)\.\w+)", text):
        assert importlib.util.find_spec(module)


def test_a_stopping_crew_has_the_time_that_its_workers_may_take() -> None:
    given = int(re.search(r"DRAIN_SECONDS=(\d+)", (ROOT / "deploy" / "telltale.env").read_text())[1])
    unit = (ROOT / "deploy" / "telltale-workers.service").read_text()
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > given + 10


@pytest.mark.parametrize("service", ["desk", "workers"])
def test_what_lies_outside_the_database_is_seen_by_desk_and_workers_alike(service: str) -> None:
    told = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    volumes = [PurePath(one.partition(":")[2]) for one in told["services"][service]["volumes"]]
    given = told["services"][service]["environment"]
    shared = (given["TELLTALE_STORAGE_URL"].removeprefix("file://"), given["TELLTALE_RUNS"])
    for place in (*shared, f"{given['TELLTALE_HOME']}/sets"):
        assert any(PurePath(place).is_relative_to(volume) for volume in volumes), place


@pytest.mark.parametrize("path", A_DESKS_OWN)
def test_nothing_of_a_desk_gets_into_an_image(path: str) -> None:
    assert not gets_in(path)


def test_what_the_code_needs_gets_into_an_image() -> None:
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if said.returncode and "CI" not in os.environ:
        pytest.skip("No git here, so nobody knows which files are the project's.")
    left_out = {PurePath(path).parts[0] for path in said.stdout.splitlines() if not gets_in(path)}
    assert left_out == NOT_IN_AN_IMAGE


def gets_in(path: str) -> bool:
    """As Docker reads `.dockerignore`: the last line that fits the path, or a folder above it, says whether."""
    admitted, above = True, [str(one) for one in (PurePath(path), *PurePath(path).parents)]
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!")
        if not line.startswith("#") and any(fnmatch(one, pattern) for one in above):
            admitted = line.startswith("!")
    return admitted
