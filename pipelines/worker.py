"""The process that analyses: takes jobs from the queue, one at a time, until it is told to stop.

    python -m pipelines.worker

It may be killed at any moment: another worker takes up what was cut off, or the next start does. Each worker of a desk
needs a name of its own (`--name`), which stays the same from start to start.
"""

import argparse
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy.exc import OperationalError

from core import gpu, logs
from core.errors import TelltaleError, WeightsRefused
from core.settings import Settings, settings
from db import jobs
from db.session import session
from pipelines import drift, fence, originals, serving
from pipelines.confine import Confined, Limits, Reach
from pipelines.durable import APPLICATION, DEVICES
from pipelines.jobs import WORK as ANALYSES
from pipelines.keeping import nightly
from pipelines.lab.training import WORK as LAB
from pipelines.lab.training import Trainer
from pipelines.links import FETCH
from pipelines.presence import Presence, only_one
from pipelines.retraining import teaching
from pipelines.trying import Trier
from pipelines.watched_folder import watching
from pipelines.workflow import Analyst

ANALYSE = "pipelines.analysing:analyst"
QUEUE_VERSION = "1"  # fixed: the queue refuses to go on with work that another version began
BEAT = 5.0  # s
POLL = 0.5  # s between two looks at the queue
LAB_POLL = 2.0  # s; what takes hours may wait for seconds
LEFT_OVER_EVERY = 15.0  # s between two looks for jobs whose end could not be written
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
LEFT_OVER = "The worker could not write down how this ended; the database was busy or full. Try it again."
STOPPING = "It was asked to stop, and ends the job that it has in hand."

log = logging.getLogger("telltale.worker")


def serve(config: Settings, name: str = "", task: str = ANALYSE, fetcher: str = FETCH) -> None:
    """Work until SIGTERM or SIGINT; then take no new job, and end or hand back the one in hand.

    Raises:
        TelltaleError: `worker_running` where a worker of this name already works for this desk.
    """
    stop, hurry = threading.Event(), threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda _number, _frame: (hurry if stop.is_set() else stop).set())
    name = name or f"{socket.gethostname()}-1"
    with only_one(config, name):
        presence = Presence(config, name, queues(config))
        _stand_by(presence, stop)
        if not stop.is_set():
            originals.sweep(config.home)
            serving.know_shipped(config)
            presence.beat()  # before it takes anything: who is not known to live is held to be gone
            analyst = _launch(config, name, task, fetcher)
            with watching(config, name):
                why = _work(config, presence, stop)
            if why:
                _drain(presence, config.analysis_seconds, why, stop)
            else:
                _drain(presence, config.drain_seconds, STOPPING, hurry)
            _give_back(analyst)
            _stand_by(presence, stop)
        _leave(presence)


def queues(config: Settings) -> list[str]:
    """What a worker of this machine takes from: what needs a GPU only where there is one, beside all else.

    Each queue has its own turn, so what needs the GPU never waits for an analysis, nor an analysis for it.
    """
    devices = DEVICES if gpu.device(config) == "cuda" else ("cpu",)
    learning = [work.on(device).queue for work in (teaching.WORK, LAB) for device in devices]
    taken = {"analyses": [ANALYSES.queue], "learning": learning}
    return taken.get(config.worker_takes, [ANALYSES.queue, *learning])


def _stand_by(presence: Presence, stop: threading.Event) -> None:
    """Take nothing while something is in the way of working here, and say what."""
    said = None
    while not stop.is_set() and (why := presence.obstacle()):
        if why != said:
            log.warning("takes nothing: %s", why)
        said = why
        presence.beat(why)
        stop.wait(BEAT)


def _work(config: Settings, presence: Presence, stop: threading.Event) -> str | None:
    """Until somebody asks to stop, or something comes in the way: then gives that, as a sentence."""
    looks_at = 0.0
    while not stop.is_set():
        if why := presence.obstacle():
            return why
        presence.beat()
        presence.adopt()
        if time.monotonic() >= looks_at:
            _fail_left_over(config)
            looks_at = time.monotonic() + LEFT_OVER_EVERY
        stop.wait(BEAT)
    return None


def _drain(presence: Presence, seconds: float, why: str, hurry: threading.Event) -> None:
    """Take nothing new; go on with the job in hand for a while, and say meanwhile that we live."""
    ending = threading.Thread(target=partial(DBOS.destroy, workflow_completion_timeout_sec=int(seconds)), daemon=True)
    if seconds:
        log.info("takes nothing new; a job in hand has %d s to end", seconds)
        ending.start()
    while ending.is_alive() and not hurry.is_set():
        presence.beat(why)
        ending.join(BEAT)


def _to_begin_with(config: Settings) -> dict[str, str] | None:
    """The version that the child loads before the first job; None where there is none, as that job will say."""
    try:
        return serving.for_child(config, serving.in_service(config))
    except WeightsRefused:
        return None


def _give_back(analyst: Analyst) -> None:
    """What is still in hand goes back; a database that is away for a moment only counts one start too many."""
    try:
        analyst.give_back()
    except OperationalError as error:
        log.warning("the database didn't hear that the job in hand goes back: %s", error.orig)


def _launch(config: Settings, name: str, task: str, fetcher: str) -> Analyst:
    """Take jobs from now on; gives what runs them."""
    queue: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": config.resolved_database_url(),
        "application_version": QUEUE_VERSION,
        "executor_id": name,
        "log_level": "WARNING",
        "enable_otlp": False,
        "serializer": DBOSPortableJSONSerializer(),  # the default one is pickle
    }
    DBOS(config=queue)
    scratch = _scratch(config, name)
    confined = _confined(config, task, scratch)
    confined.start()
    analyst = Analyst(config, confined, scratch, fetcher)
    Trainer()
    Trier(config, confined, scratch)
    DBOS.listen_queues(queues(config))
    daily, weekly, start_clock = nightly.register(config), drift.register(config), teaching.prepare(config)
    DBOS.launch()
    DBOS.register_queue(ANALYSES.queue, worker_concurrency=1, polling_interval_sec=POLL)
    for device in DEVICES:
        DBOS.register_queue(LAB.on(device).queue, global_concurrency=1, polling_interval_sec=LAB_POLL)
    nightly.schedule(config, daily)
    drift.schedule(config, weekly)
    start_clock()
    log.info("ready; data in %s", config.home)
    return analyst


def _scratch(config: Settings, name: str) -> Path:
    """The folder in which this worker's child leaves its results; what was cut off there is thrown away."""
    folder = config.home / "scratch" / name
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
    return folder


def _confined(config: Settings, task: str, scratch: Path) -> Confined:
    """The process that analyses: it may read originals and models, and write to this folder alone."""
    kept = [config.home / "originals", config.home / "models"]
    for folder in kept:
        folder.mkdir(parents=True, exist_ok=True)
    for unheld in fence.missing():
        log.warning("%s", unheld)
    reach = Reach((*kept, config.models, config.face_models), scratch)
    dumped = config.model_dump(mode="json", exclude={"database_url"})
    setup = {"settings": dumped, "model": _to_begin_with(config), "device": gpu.device(config)}
    return Confined(task, Limits(config.analysis_memory, config.analysis_seconds), reach, setup)


def _fail_left_over(config: Settings) -> None:
    """Jobs whose workflow ended without telling them, as when the database was locked at that moment."""
    try:
        with session(config) as opened:
            waited_for = jobs.active_workflows(opened)
        if not waited_for:
            return
        ended = DBOS.list_workflows(workflow_ids=list(waited_for), status=ENDED, load_input=False, load_output=False)
        for own in (one.workflow_id for one in ended):
            with session(config) as opened:
                if jobs.fail_of(opened, waited_for[own], own, "left_over", LEFT_OVER):
                    log.warning("job %d was left over by a worker that could not end it", waited_for[own])
    except OperationalError as error:
        log.warning("can't see what was left over: %s", error.orig)


def _leave(presence: Presence) -> None:
    presence.leave()
    log.info("stopped; a job that was in hand is taken up by another worker, or at the next start")
    logging.shutdown()
    # Not sys.exit: that waits for the thread of a running job, which would call its child's end a failure. To
    # the queue this is a worker that died, which it is made for; the child leaves with its parent.
    os._exit(0)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Take jobs from the queue and analyse them.")
    parser.add_argument("--name", default="", help="of this worker, the same from start to start; else its machine's")
    wanted = parser.parse_args()
    logs.set_up("worker", settings().log_format)
    try:
        serve(settings(), wanted.name)
    except TelltaleError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
