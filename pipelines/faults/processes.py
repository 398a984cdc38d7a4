"""The processes of a desk that is hurt: killed, started again, and how long they took to be of use."""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from core.settings import ROOT, Settings
from pipelines.durable import client
from pipelines.faults import clock

ENDING = 20.0  # s that a process has to end by itself

log = logging.getLogger("telltale.faults")


class Process:
    """One process, started again as long as somebody tends it. What it says goes to the file `said`."""

    def __init__(self, command: list[str], environment: dict[str, str], said: Path) -> None:
        self._command, self._environment, self._said = command, environment, said
        self._process: subprocess.Popen[bytes] | None = None
        self.gone_at = time.time()  # since when it is missed; at first, since there is a desk
        self.died = 0  # times that it ended without being asked to

    def tend(self) -> None:
        """Start it where it isn't there."""
        if self._process is not None and self._process.poll() is not None:
            log.warning("%s ended by itself, status %d", self._said.stem, self._process.returncode)
            self.died += 1
            self._gone()
        if self._process is None:
            with self._said.open("ab") as said:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, env=os.environ | self._environment, stdout=said, stderr=said
                )

    def end(self, kind: signal.Signals = signal.SIGKILL) -> None:
        """End it with this signal, and with SIGKILL where that does not help."""
        if self._process is None:
            return
        self._process.send_signal(kind)
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._gone()

    def _gone(self) -> None:
        self._process, self.gone_at = None, time.time()


class Worker(Process):
    """A worker; on a machine of its own where its settings have a home that no other has."""

    def __init__(
        self, name: str, config: Settings, folder: Path, through: tuple[str, ...], faked: Path | None
    ) -> None:
        command = [*through, sys.executable, "-m", "pipelines.faults.worker", "--name", name]
        self.clock = folder / f"{name}.time"
        turned = clock.environment(faked, self.clock) if faked else {}
        super().__init__(command, environment(config) | turned, folder / f"{name}.log")
        self.name, self.config = name, config
        self.took: list[float] = []  # s from each time that it was gone until it took a job
        self.lived = 0.0  # s in which it took jobs
        self._takes_since: float | None = None

    def look(self) -> None:
        """Note when it took its first job since it was gone."""
        if self._takes_since is not None:
            return
        since = datetime.fromtimestamp(self.gone_at, UTC).isoformat()
        begun = client(self.config).list_workflows(
            executor_id=self.name, dequeued_after=since, limit=1, load_input=False, load_output=False
        )
        if begun and begun[0].dequeued_at:
            self._takes_since = begun[0].dequeued_at / 1000
            self.took.append(self._takes_since - self.gone_at)

    def _gone(self) -> None:
        super()._gone()
        if self._takes_since is not None:
            self.lived += self.gone_at - self._takes_since
        self._takes_since = None


def environment(config: Settings) -> dict[str, str]:
    """What a process of this desk is told; everything else is as it is here."""
    return {
        "TELLTALE_HOME": str(config.home),
        "TELLTALE_DATABASE_URL": config.resolved_database_url(),
        "TELLTALE_STORAGE_URL": config.storage_url,
        "TELLTALE_SIGN_IN": "off",
    }


def page_server(config: Settings, port: int, folder: Path) -> Process:
    """The desk's pages, as `scripts.desk` starts them."""
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    return Process(command, environment(config), folder / "pages.log")
