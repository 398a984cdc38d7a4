"""Whoever starts a machine's workers starts them again, also those that could not begin for a while."""

import shutil
import sys
import time

import pytest

from scripts import crew


def looked_after(worker: crew.Worker, seconds: float) -> None:
    """As the command does it, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        worker.look_after()
        time.sleep(0.01)


def test_one_that_dies_at_every_start_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    monkeypatch.setattr(crew, "LATER", 1.0)
    worker = crew.Worker("one")
    looked_after(worker, 0.7)
    said = capsys.readouterr().out
    assert said.count("starting it again") == 2 and said.count("stops at every start") == 1
    tired = worker.process.pid
    looked_after(worker, 1.0)
    assert worker.process.pid != tired and "Trying again in 1 s." in capsys.readouterr().out


def test_one_that_lived_is_started_again_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    monkeypatch.setattr(crew, "HEALTHY", 0.0)
    worker = crew.Worker("one")
    looked_after(worker, 0.3)
    said = capsys.readouterr().out
    assert said.count("starting it again") > crew.MOST_STARTS and "every start" not in said
    worker.process.wait()
