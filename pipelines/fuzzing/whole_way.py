"""Broken files through a whole desk: taken in as from a folder, analysed by a real worker, traced.

What counts as found: a worker that died, a job without an end or without a reason, a reason that is a fault of ours.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.settings import ROOT, Settings
from db import jobs, people
from db.jobs import JobRow
from db.migrate import migrate
from db.session import session
from pipelines.fuzzing.mutate import broken
from pipelines.fuzzing.run import Tally
from pipelines.fuzzing.seeds import write_seeds
from pipelines.intake import Taken, take_in_folder

PATIENCE = 120.0  # s without a job's end, after which the worker counts as hung
LOOK = 0.5  # s
UNDER_WAY = frozenset({"queued", "running"})
SUFFIXES = (".mp4", ".mkv", ".gif", ".jpg", ".webm")  # believed by nobody


def whole_way(folder: Path, seed: int, count: int) -> Tally:
    """Send so many broken files through a desk of their own, in an empty folder."""
    tally = Tally()
    config = Settings(home=folder / "home", database_url="", sign_in="off")
    migrate(config)
    with session(config) as opened:
        actor = people.desk_user(opened)
    for taken in take_in_folder(_files(folder, seed, count), config, actor):
        if taken.refusal and tally.end(_code(taken), 0.0):
            tally.found.append(f"{taken.name}: {taken.refusal}")
    _analysed(config, folder / "worker.log", tally)
    return tally


def _files(folder: Path, seed: int, count: int) -> Path:
    """A folder of broken files."""
    for part in ("seeds", "files"):
        (folder / part).mkdir(parents=True)
    seeds = {path.name: path.read_bytes() for path in write_seeds(folder / "seeds")}
    for number in range(count):
        name = f"{number:04d}{SUFFIXES[number % len(SUFFIXES)]}"
        (folder / "files" / name).write_bytes(broken(seeds, seed, number).content)
    return folder / "files"


def _code(taken: Taken) -> str:
    return taken.refusal.code if taken.refusal else "read"


def _analysed(config: Settings, log: Path, tally: Tally) -> None:
    environment = os.environ | {"TELLTALE_HOME": str(config.home), "TELLTALE_DATABASE_URL": ""}
    with log.open("wb") as said:
        command = [sys.executable, "-m", "pipelines.worker"]
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        ended = _wait(config, worker, tally)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()
    for row in ended:
        became = "read" if row.state == "done" else f"{row.error_code}"
        without_reason = row.state in UNDER_WAY or (row.state == "failed" and not row.error_message)
        if tally.end(became, 0.0) or without_reason:
            tally.found.append(f"{row.name}: {row.state}, {became}: {row.error_message}")


def _wait(config: Settings, worker: subprocess.Popen[bytes], tally: Tally) -> list[JobRow]:
    """The jobs that were let in, once all have ended, the worker has died, or nothing has moved for long."""
    left, moved = -1, time.monotonic()
    while True:
        with session(config) as opened:
            counted = jobs.counts(opened)
            rows = [row for row in jobs.latest(opened, sum(counted.values())) if row.media_id is not None]
        if worker.poll() is not None:
            tally.found.append(f"the worker died, status {worker.returncode}")
            return rows
        waiting = sum(row.state in UNDER_WAY for row in rows)
        if waiting != left:
            left, moved = waiting, time.monotonic()
        if not waiting or time.monotonic() - moved > PATIENCE:
            return rows
        time.sleep(LOOK)
