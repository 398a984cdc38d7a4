"""What is written for those who deploy names settings, commands and folders that exist."""

import importlib.util
import re

import pytest

from core.settings import ROOT, Settings

WRITTEN = sorted([ROOT / "docs" / "deployment.md", *(ROOT / "deploy").iterdir()])


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
