"""Runs as durable jobs: asked for on the desk, trained by the worker in a process of their own, one at a time.

The queue keeps the wish, the run's folder what was learned. A worker that dies takes its trainee along; the next one
takes the wish up again, and training goes on from the last checkpoint.
"""

import json
import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from dbos import DBOS, DBOSConfiguredInstance, WorkflowStatus
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.gpu import Device
from core.settings import ROOT, Settings
from db import audit
from db.rights import User, require
from db.session import session
from pipelines.durable import Work, client, enqueue, workflow
from pipelines.lab import sets

if TYPE_CHECKING:  # loads torch, which the worker does without
    from core.generators.recipe import Recipe

WORK = Work("lab", workflow="train", workflow_class="Trainer", instance="lab", called="a run of the lab")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LOG = "train.log"
TRAINEE = [sys.executable, "-m", "pipelines.lab.trainee"]
LOOK = 1.0  # s between two looks at the trainee and at whether somebody wants it to stop
PATIENCE = 10.0  # s that a trainee has to end
SHOWN = 20  # wishes
ENDED_BY_SYSTEM = (
    "The system ended it (signal {}), most likely for want of memory. What it learned up to its last checkpoint stays: "
    "asked for again under its name, it goes on."
)

State = Literal["waiting", "running", "done", "stopped", "failed"]
STATES: dict[str, State] = {
    "ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "running", "SUCCESS": "done", "CANCELLED": "stopped",
}  # fmt: skip
ACTIVE = ("waiting", "running")

Json = dict[str, Any]
log = logging.getLogger("telltale.worker")


@dataclass(frozen=True)
class Training:
    """One wish, and what became of it."""

    id: str
    name: str
    state: State
    message: str  # why it failed; empty otherwise
    device: Device = "cpu"  # that it needs


def ask(
    opened: Session, config: Settings, actor: User, name: str, recipe: "Recipe", set_name: str, kimg: float | None,
    device: Device = "cpu",
) -> None:
    """Ask for a run in the caller's transaction; where there is one of this name, it goes on.

    `kimg`: thousands of pictures to learn from in all; None for as many as the recipe says. On `cuda` it waits for a
    worker with a GPU.

    Raises:
        NotAllowed: the actor may not train.
        TelltaleError: `bad_name`, `no_set`, `trains_already`.
    """  # fmt: skip
    require(actor, "train")
    if not NAME.fullmatch(name):
        raise TelltaleError("bad_name", "A run's name has small letters, digits and hyphens, 60 at most.")
    if any(one.name == name and one.state in ACTIVE for one in trainings(config)):
        raise TelltaleError("trains_already", f"{name} waits or trains already.")
    request = {
        "name": name, "recipe": recipe.model_copy(update={"name": name}).model_dump(mode="json"),
        "data": str(sets.path_of(config, set_name)), "folder": str((config.runs / name).resolve()),
        "kimg": kimg, "precision": "auto", "nice": config.lab_nice, "device": device,
    }  # fmt: skip
    enqueue(opened, config, WORK.on(device), f"{WORK.queue}-{name}-{uuid4().hex[:8]}", request)
    audit.record(opened, actor, "run.asked", f"run:{name}", model=recipe.model, set=set_name, kimg=kimg)


def stop(config: Settings, actor: User, training: Training) -> None:
    """End a run that waits or trains; what it learned stays.

    Raises:
        NotAllowed: the actor may not train.
    """
    require(actor, "train")
    client(config).cancel_workflow(training.id)
    with session(config) as opened:
        audit.record(opened, actor, "run.stopped", f"run:{training.name}")


def trainings(config: Settings) -> list[Training]:
    """The latest wishes, newest first."""
    known = client(config).list_workflows(name=WORK.workflow, limit=SHOWN, sort_desc=True)
    return [_training(one) for one in known]


@DBOS.dbos_class(WORK.workflow_class)
class Trainer(DBOSConfiguredInstance):
    """Trains for one worker."""

    def __init__(self) -> None:
        super().__init__(WORK.instance)

    @workflow(WORK)
    def run(self, request: Json) -> Json:
        """One run, until it has learned enough or somebody stops it; gives why it failed, if it did."""
        return self.learn(request)

    @DBOS.step()
    def learn(self, request: Json) -> Json:
        """Watch over the trainee; a step that was cut off begins again, from the run's checkpoint."""
        own = DBOS.workflow_id
        assert own is not None, "only called inside a workflow"
        return attended(request, lambda: _cancelled(own))


def attended(request: Json, unwanted: Callable[[], bool]) -> Json:
    """Run the trainee to its end, or until it is `unwanted`; gives its last words where it failed."""
    place = Path(request["folder"])
    place.mkdir(parents=True, exist_ok=True)
    with (
        (place / LOG).open("w", encoding="utf-8") as said,
        subprocess.Popen(TRAINEE, cwd=ROOT, stdin=subprocess.PIPE, stdout=said, stderr=said, text=True,
                         start_new_session=True) as trainee,
    ):  # fmt: skip
        assert trainee.stdin
        trainee.stdin.write(json.dumps(request) + "\n")
        trainee.stdin.flush()  # and stays open: its end is ours
        log.info("run %s: training", request["name"])
        while trainee.poll() is None:
            if unwanted():
                _end(trainee)
            time.sleep(LOOK)
    error = _why(trainee.returncode, place / LOG)
    log.info("run %s: %s", request["name"], "failed" if error else "ended")
    return {"error": error}


def _end(trainee: "subprocess.Popen[str]") -> None:
    trainee.terminate()
    try:
        trainee.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        trainee.kill()
        trainee.wait()


def _cancelled(workflow_id: str) -> bool:
    status = DBOS.get_workflow_status(workflow_id)
    return status is not None and status.status == "CANCELLED"


def _why(status: int, log_file: Path) -> str:
    """Why a trainee failed; empty where it came to its end or was asked to stop."""
    if status in (0, -signal.SIGTERM):
        return ""
    return ENDED_BY_SYSTEM.format(-status) if status < 0 else _last_words(log_file)


def _last_words(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "It ended without a word."


def _training(one: WorkflowStatus) -> Training:
    name = one.workflow_id.removeprefix(f"{WORK.queue}-").rpartition("-")[0]
    error = (one.output or {}).get("error", "") if one.status == "SUCCESS" else ""
    state = "failed" if error else STATES.get(one.status, "failed")
    device: Device = "cuda" if one.queue_name == WORK.on("cuda").queue else "cpu"
    return Training(one.workflow_id, name, state, error or (str(one.error) if one.error else ""), device)
