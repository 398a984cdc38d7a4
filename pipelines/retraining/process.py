"""The process of one run: of low priority, so that analyses go first, and gone when the one that started it is.

    python -m pipelines.retraining.process RUN < settings.json

Killed at any moment, the run stays claimable: whoever claims it next goes on in its folder.
"""

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from core import gpu, logs
from core.errors import AnalysisFailed, Cancelled, TelltaleError
from core.settings import Settings
from db import training_runs
from db.session import session
from db.training_runs import TrainingRunRow
from pipelines.niceness import give_way

BEAT = 5.0  # s
LOOK = 1.0  # s between two looks at whether the parent is there
LOST = 3  # exit status of a process whose run is another one's

log = logging.getLogger("telltale.retraining")


def work(config: Settings, run_id: int) -> TrainingRunRow:
    """Claim a run and go through it to its end, whatever that is; gives what became of it.

    Raises:
        TelltaleError: `run_taken` where it ended, or another process works on it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}"
    _claim(config, run_id, holder)
    with _Pulse(config, run_id, holder):
        _through(config, run_id, holder)
    with session(config) as opened:
        row = training_runs.get(opened, run_id)
    assert row is not None
    return row


def refuse_without_gpu(config: Settings, device: str) -> None:
    """Nothing where this machine has what a run is to learn on.

    Raises:
        AnalysisFailed: `no_gpu`.
    """
    if device == "cuda" and gpu.device(config) != "cuda":
        said = "This run is to learn on a GPU, and this machine has none that it may use (docs/deployment.md)."
        raise AnalysisFailed("no_gpu", f"{said} Start it on one that has, or learn on the CPU.")


def be_polite(config: Settings) -> None:
    """From now on whatever else wants this machine's time goes first."""
    give_way(config.retrain_nice)


def _through(config: Settings, run_id: int, holder: str) -> None:
    from pipelines.retraining.night import retrain  # loads torch: a while that a refusal need not take

    try:
        with session(config) as opened:
            row = training_runs.get(opened, run_id)
        assert row is not None, "it was claimed"
        refuse_without_gpu(config, row.device)
        decision = retrain(config, run_id, holder)
        log.info("run %d: %s", run_id, " ".join(decision.why))
        return
    except Cancelled:
        with session(config) as opened:
            training_runs.stopped(opened, run_id, holder)
        return
    except TelltaleError as error:
        failure: TelltaleError = error
    except Exception as error:
        log.exception("run %d met a fault of ours", run_id)
        said = f"The run met a fault of ours ({type(error).__name__}: {error}). The log has the details."
        failure = AnalysisFailed("fault", said)
    with session(config) as opened:
        training_runs.fail(opened, run_id, holder, failure)


def _claim(config: Settings, run_id: int, holder: str) -> None:
    with session(config) as opened:
        row = training_runs.get(opened, run_id)
        if row and row.holder and _is_dead(row.holder):
            training_runs.release(opened, run_id, row.holder)
        if row is None or not training_runs.claim(opened, run_id, holder):
            raise TelltaleError("run_taken", "This run has ended, or another process works on it.")


def _is_dead(holder: str) -> bool:
    """Whether a process of this machine is gone; of another machine only its silence can tell."""
    host, _, number = holder.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class _Pulse:
    """Beats in a thread; ends the process at once where its run has become another one's."""

    def __init__(self, config: Settings, run_id: int, holder: str) -> None:
        self._config, self._run_id, self._holder = config, run_id, holder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                lost = self._is_lost()
            except OperationalError as error:  # the next beat may be heard; falling silent for long has its own end
                log.warning("run %d: the database didn't hear its beat: %s", self._run_id, error.orig)
                continue
            if lost and not self._stop.is_set():
                log.error("run %d is another process's now", self._run_id)
                os._exit(LOST)

    def _is_lost(self) -> bool:
        """Beat; says whether the run is at work elsewhere, or gone."""
        with session(self._config) as opened:
            if training_runs.beat(opened, self._run_id, self._holder):
                return False
            row = training_runs.get(opened, self._run_id)
            return row is None or row.state == "running"


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(LOOK)
    os._exit(0)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(0)  # what was reached lies on the disk; nothing else is worth a second of somebody's shutdown


def main() -> None:
    """The command."""
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    config = Settings.model_validate_json(sys.stdin.read())
    be_polite(config)
    logs.set_up("retraining", config.log_format)
    try:
        work(config, int(sys.argv[1]))
    except TelltaleError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
