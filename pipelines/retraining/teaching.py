"""The worker's part: its clock, and a workflow that sees a run through in a process of its own."""

import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from os import environ
from typing import Any

from dbos import DBOS, DBOSConfiguredInstance, ScheduleInput

from core.errors import AnalysisFailed
from core.settings import ROOT, Settings
from db import training_runs
from db.session import session
from db.training_runs import ACTIVE, TrainingRunRow
from pipelines.durable import DEVICES, workflow
from pipelines.retraining.asking import WORK, ask_if_due

CLOCK = "learning-clock"
PROCESS = [sys.executable, "-m", "pipelines.retraining.process"]
CALM = {"OMP_WAIT_POLICY": "PASSIVE"}  # threads that wait give way, instead of keeping a core busy
MOST_STARTS = 8  # of one run, before it is held to be what kills its process
POLL = 1.0  # s between two looks at the queue
WATCHDOG = "watchdog"

log = logging.getLogger("telltale.retraining")


@DBOS.dbos_class(WORK.workflow_class)
class Teacher(DBOSConfiguredInstance):
    """Sees runs through, one after the other."""

    def __init__(self, config: Settings) -> None:
        super().__init__(WORK.instance)
        self._config = config

    @workflow(WORK)
    def run(self, run_id: int) -> str:
        """One run up to its end; gives the state it ended in."""
        return self.teach(run_id)

    @DBOS.step()
    def teach(self, run_id: int) -> str:
        """Start the process, and again where it was killed, until the run has ended or kills every process."""
        while (row := self._row(run_id)).state in ACTIVE:
            if row.starts >= MOST_STARTS:
                self._give_up(run_id)
                continue
            command = [*PROCESS, str(run_id)]
            process = subprocess.Popen(  # in a session of its own, so that it can give way to all others
                command, cwd=ROOT, stdin=subprocess.PIPE, env=environ | CALM, start_new_session=True
            )
            process.communicate(self._config.model_dump_json().encode())
            if process.returncode > 0:
                log.warning("run %d is not this worker's: another one has it, or its process can't start", run_id)
                return row.state
        log.info("run %d is %s", run_id, row.state)
        return row.state

    def _row(self, run_id: int) -> TrainingRunRow:
        with session(self._config) as opened:
            row = training_runs.get(opened, run_id)
        assert row is not None, "it was noted before it was queued"
        return row

    def _give_up(self, run_id: int) -> None:
        why = f"Its process died {MOST_STARTS} times. Look at the worker's log, and at how much memory there is."
        with session(self._config) as opened:
            if training_runs.claim(opened, run_id, WATCHDOG):
                training_runs.fail(opened, run_id, WATCHDOG, AnalysisFailed("crashed", why))


def prepare(config: Settings) -> Callable[[], None]:
    """Make the workflows known, before the queue is launched; gives what starts the clock, once it is."""
    Teacher(config)

    @DBOS.workflow(name=CLOCK)
    def strike(_at: datetime, _context: Any) -> None:
        if run_id := ask_if_due(config):
            log.info("run %d was asked for by the clock", run_id)

    def start() -> None:
        for device in DEVICES:
            queue = WORK.on(device).queue
            DBOS.register_queue(queue, worker_concurrency=1, global_concurrency=1, polling_interval_sec=POLL)
        if config.retrain_cron:
            entry: ScheduleInput = {
                "schedule_name": CLOCK, "workflow_fn": strike, "schedule": config.retrain_cron
            }  # fmt: skip
            DBOS.apply_schedules([entry])
        elif DBOS.get_schedule(CLOCK):
            DBOS.delete_schedule(CLOCK)

    return start
