"""What is to give way does so to the whole machine, and so does what it starts."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from core.settings import ROOT
from pipelines.niceness import AUTOGROUP

PARENT = """
import json
from pipelines.confine import Confined, Limits, Reach
from pipelines.niceness import give_way
from tests.jobs.test_niceness import teller
give_way(7)
with Confined("tests.jobs.test_niceness:teller", Limits(memory=2**30, seconds=20), Reach()) as child:
    print(json.dumps([teller({})({}, None), child.call({})]))
"""


def teller(_setup: dict[str, Any]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A task that tells its niceness, and that of its session's group."""
    return lambda _request, _report: {"own": os.nice(0), "group": of_the_group()}


def of_the_group() -> int | None:
    """None for what the system itself started: its group has no niceness, and the file is empty."""
    said = AUTOGROUP.read_text().split()
    return int(said[-1]) if said else None


@pytest.mark.skipif(not AUTOGROUP.is_file(), reason="This system does not group processes by session.")
@pytest.mark.parametrize("alone", [True, False], ids=["in a session of its own", "in somebody's shell"])
def test_a_confined_child_gives_way_as_far_as_its_parent(alone: bool) -> None:
    before, shell = os.nice(0), teller({})({}, None)["group"]
    said = subprocess.run([sys.executable, "-c", PARENT], cwd=ROOT, check=True, stdout=subprocess.PIPE,
                          start_new_session=alone)  # fmt: skip
    parent, child = json.loads(said.stdout)
    nice = min(19, before + 7)
    assert (parent["own"], parent["group"]) == (nice, nice if alone else shell)
    assert (child["own"], child["group"]) == (nice, nice)
    assert teller({})({}, None) == {"own": before, "group": shell}
