"""A desk that is to be hurt: its workers and pages are started again when they die, and clips keep coming in."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from core.settings import ROOT, Settings
from db import jobs, people
from db.migrate import migrate
from db.session import session
from pipelines.faults import storage
from pipelines.faults.clips import distinct_clips
from pipelines.faults.plan import Plan
from pipelines.faults.processes import Process, Worker, page_server
from pipelines.intake import Taken, take_in_folder
from pipelines.serving import know_shipped

SAMPLE = ROOT / "samples" / "portrait_genuine.mp4"
OURS = "faults"  # how connections of this process are called: those are not cut
TICK = 0.2  # s
BEGINNING = 120.0  # s
BATCH = 5  # clips that come in at once


class Desk:
    """A desk in an empty folder, on SQLite or an empty PostgreSQL database, with the clips that it begins with."""

    def __init__(self, plan: Plan, folder: Path, database_url: str, faked: Path | None) -> None:
        self.plan, self.folder = plan, folder
        # A full disk takes no log.
        self._aside = Path(mkdtemp(prefix="hurt-")) if "disk" in plan.kinds else folder
        url = database_url or f"sqlite:///{folder / 'home' / 'telltale.sqlite'}"
        shared = storage.url(folder / "storage") if plan.apart else ""
        self.plain = Settings(home=folder / "home", database_url=url, storage_url=shared, sign_in="off")
        self.config = self.plain.model_copy(update={"database_url": _called(url)})
        storage.register()
        migrate(self.config)
        know_shipped(self.config)
        self._clips = distinct_clips(SAMPLE, self._aside / "clips", plan.seed, plan.longest)
        self.sent: list[Taken] = []
        self.send(plan.clips)
        self.workers = [self._worker(number, faked) for number in range(1, plan.workers + 1)]
        self.pages = page_server(self.plain, plan.port, self._aside) if plan.port else None

    def _worker(self, number: int, faked: Path | None) -> Worker:
        own = self.folder / f"home-{number}" if self.plan.apart else self.plain.home
        config = self.plain.model_copy(update={"home": own})
        return Worker(f"worker-{number}", config, self._aside, self.plan.through, faked)

    def send(self, count: int) -> None:
        """Take in so many clips more."""
        with session(self.config) as opened:
            actor = people.desk_user(opened)
        batch = self._aside / "clips" / f"after-{len(self.sent)}"
        batch.mkdir(parents=True, exist_ok=True)
        for path in islice(self._clips, count):
            path.rename(batch / path.name)
        self.sent.extend(take_in_folder(batch, self.config, actor))  # one process looks at all of them

    def tend(self) -> None:
        """Start what is gone; note who works again."""
        for process in self.processes:
            process.tend()
        if "clock" not in self.plan.kinds:  # whose clock is turned tells nothing of when it took a job
            for worker in self.workers:
                worker.look()

    @property
    def processes(self) -> list[Process]:
        """All of them."""
        return [*self.workers, *([self.pages] if self.pages else [])]

    def wait(self, seconds: float) -> None:
        """Tend it for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.tend()
            time.sleep(min(TICK, left))

    def busy(self) -> int:
        """How many jobs wait or run."""
        with session(self.config) as opened:
            counted = jobs.counts(opened)
        return counted["queued"] + counted["running"]

    def begin(self) -> None:
        """Tend it until a first job has ended: only what works can be hurt."""
        until, waiting = time.monotonic() + BEGINNING, self.busy()
        while self.busy() == waiting and time.monotonic() < until:
            self.wait(TICK)

    def finish(self, patience: float) -> None:
        """Tend it until every job has ended, or none has for so long."""
        left, moved = self.busy(), time.monotonic()
        while left and time.monotonic() - moved < patience:
            self.wait(TICK)
            if (now := self.busy()) != left:
                left, moved = now, time.monotonic()

    @contextmanager
    def fed(self) -> Iterator[None]:
        """Keep clips coming, so that no worker is ever without one."""
        enough = threading.Event()
        feeder = threading.Thread(target=self._feed, args=(enough,))
        feeder.start()
        try:
            yield
        finally:
            enough.set()
            feeder.join()

    def _feed(self, enough: threading.Event) -> None:
        while not enough.wait(1.0):
            if self.busy() < self.plan.workers + BATCH:
                # No room, or no connection: whoever brings a file is told so.
                with suppress(OperationalError):
                    self.send(BATCH)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.end(signal.SIGTERM)


def _called(url: str) -> str:
    """The same database, by connections that are known to be of this process."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return url
    return parts.update_query_dict({"application_name": OURS}).render_as_string(hide_password=False)
