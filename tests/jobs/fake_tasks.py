"""Stand-ins for the analysis inside the confined process: each file name asks for another behaviour."""

import errno
import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from core import errors, evidence
from core.detectors.registry import read_card
from pipelines import staging
from pipelines.confined import Report, Task
from tests.model_folders import card, ref

Json = dict[str, Any]

MODEL = ref(card())
STEPS = 20


def analyst(setup: Json) -> Task:
    """Finds one track in every file, after what the name of the file asks for."""
    device = {"cpu": "CPU", "cuda": "NVIDIA T4"}[setup["device"]]

    def examine(request: Json, report: Report) -> Json:
        name = request["media"]["name"]
        _note(request, name)
        _misbehave(name)
        for step in range(STEPS):
            report({"stage": "faces", "done": step, "total": STEPS, "seconds_left": (STEPS - step) * 0.05})
            time.sleep(0.5 if "very slow" in name else 0.1 if "slow" in name else 0.0)
        media = evidence.MediaInfo(**request["media"])
        said = replace(said_by(request["model"]["folder"], found(media)), device=device)
        staging.write(Path(request["staging"]), replace(said, samples_per_second=request["samples_per_second"]))
        return {"band": "signs"}

    return examine


def liar(_setup: Json) -> Task:
    """Says of every file what stands in it."""
    return lambda request, _report: dict(json.loads(Path(request["path"]).read_text()))


def said_by(folder: str, found: evidence.Evidence) -> evidence.Evidence:
    """What a version says of that: the first finds signs, each other none; one takes the process down."""
    model = ref(read_card(Path(folder)))
    if model.version == "crash":
        os.abort()
    if model.version == MODEL.version:
        return found
    return replace(found, model=model, band="no_signs", score=0.1, raw_score=-2.2)


def echo(setup: Json) -> Task:
    """Gives back what it was made with, and its own process id."""
    return lambda request, _report: {"setup": setup, "request": request, "pid": os.getpid()}


def broken(_setup: Json) -> Task:
    """Meets a fault of ours, whose words would be a line of their own."""

    def fail(_request: Json, _report: Report) -> Json:
        raise LookupError('so\n{"message": "a line of its own", "job": 1}')

    return fail


def found(media: evidence.MediaInfo) -> evidence.Evidence:
    """A small result with everything in it."""
    quality = evidence.Quality(120.5, 80.0, 0.5, 0.2, -3.0, 4.0)
    poor = evidence.Quality(20.0, 3.0, 0.5, 0.2, 0.0, 0.0, ("small", "blurred"))
    frames = (
        evidence.FrameScore(0, 0.0, (1.0, 2.0, 30.0, 40.0), 0.9, 2.2, quality),
        evidence.FrameScore(8, 0.32, (2.0, 2.0, 30.0, 40.0), None, None, poor),
    )
    heat = evidence.Heatmap("A", 0, 0.0, _png(), _png(), _jpg(), 0.5, (1.0, 0.0, 1.0, 0.0, 1.0, 2.0))
    return evidence.Evidence(
        media=media,
        band="signs",
        score=0.9,
        raw_score=2.2,
        tracks=(evidence.Track("A", 0.0, 0.32, "signs", 0.9, 2.2, frames),),
        findings=(evidence.Finding("strong_track", "Person A, 00:00.", "A", 0.0, 0.32),),
        heatmaps=(heat,),
        shots=(0.0,),
        frames_sampled=2,
        model=MODEL,
        timing=evidence.Timing(0.1, 0.2, 0.3, 0.4, 1.0),
    )


def _note(request: Json, name: str) -> None:
    with (Path(request["staging"]).parent / "order.txt").open("a") as order:
        order.write(name + "\n")


def _misbehave(name: str) -> None:
    if "crash" in name:
        os.abort()
    if "killed" in name:
        os.kill(os.getpid(), 9)
    if "greedy" in name:
        bytearray(1 << 40)
    if "hang" in name:
        time.sleep(600)
    if "fault" in name:
        raise ZeroDivisionError
    if "full disk" in name:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "refused" in name:
        raise errors.MediaRefused("undecodable", "No frame of this file could be read. Is it complete?")


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 128).save(buffer, "PNG")
    return buffer.getvalue()


def _jpg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 9), (80, 40, 20)).save(buffer, "JPEG")
    return buffer.getvalue()
