"""What a worker of the tests runs: a real one, with a stand-in analysis.

It is forked from a process of its own that has all code loaded, for dozens are started and loading takes longer than
what they are asked to do.
"""

import multiprocessing
import os
import sys
from pathlib import Path

from core import gpu
from core.logs import set_up
from core.settings import Settings
from pipelines.worker import serve

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([__name__])


def work(config: Settings, name: str, log: Path, environment: dict[str, str], has_gpu: bool) -> None:
    """Serve until it is ended, under this environment, on a machine with or without a GPU; what it says goes to the end
    of `log`."""
    gpu.is_there = lambda: has_gpu  # type: ignore[assignment]
    os.environ |= environment  # the fork server has that of when it was started
    with log.open("ab") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    set_up("worker", config.log_format)
    serve(config, name, task="tests.jobs.fake_tasks:analyst", fetcher="tests.jobs.site:fetcher")
