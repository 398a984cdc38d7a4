"""A worker among the others: it says that it lives, sees who doesn't any more, and whether it may work here at all."""

import fcntl
import logging
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dbos import DBOS
from sqlalchemy.exc import OperationalError

from core.errors import TelltaleError
from core.settings import Settings
from db import versions, workers
from db.models import now
from db.session import patiently, session

ROOM = 128 << 20  # bytes on the disk, with less of which a worker takes nothing

log = logging.getLogger("telltale.worker")


class Presence:
    """One worker process, under a name that no other has."""

    def __init__(self, config: Settings, name: str, takes: Sequence[str]) -> None:
        self._config, self._name, self._takes = config, name, " ".join(takes)
        self._started = now()

    def beat(self, why_idle: str | None = None) -> None:
        """Say that this worker lives. A database that is away for a moment is no reason to stop."""
        try:
            with session(self._config) as opened:
                if versions.has_tables(opened):
                    workers.beat(opened, self._name, self._started, self._takes, why_idle)
        except OperationalError as error:
            log.warning("the database didn't hear that this worker lives: %s", error.orig)

    def obstacle(self) -> str | None:
        """Why this worker should take nothing, as a sentence: another version, no room; None where it may work."""
        return patiently(self._misfit) or self._no_room()

    def _no_room(self) -> str | None:
        # Jobs that can't store what they find would fail one after the other, until the queue is empty.
        if shutil.disk_usage(self._config.home).free >= ROOM:
            return None
        return f"Less than {ROOM >> 20} MB is left on the disk of {self._config.home}. Make room there."

    def _misfit(self) -> str | None:
        with session(self._config) as opened:
            return versions.misfit(opened)

    def adopt(self) -> None:
        """Put back into the queue what workers that are gone had in hand.

        A worker that was only slow is no danger: the queue takes no result from who lost its job to another.
        """
        try:
            with session(self._config) as opened:
                living = {one.name for one in workers.at_work(opened)} | {self._name}
            held = {one.executor_id for one in DBOS.list_workflows(status="PENDING", load_input=False)}
        except OperationalError as error:
            log.warning("can't see who is gone: %s", error.orig)
            return
        if gone := sorted(name for name in held - living if name):
            # The one call that names executors; it does nothing to what another worker has adopted meanwhile.
            DBOS._recover_pending_workflows(gone)
            log.warning("took over what %s had in hand", ", ".join(gone))

    def leave(self) -> None:
        """This worker stops in good order."""
        try:
            with session(self._config) as opened:
                if versions.has_tables(opened):
                    workers.sign_off(opened, self._name)
        except OperationalError as error:
            log.warning("the database didn't hear that this worker leaves: %s", error.orig)


@contextmanager
def only_one(config: Settings, name: str) -> Iterator[None]:
    """Hold the lock of this worker's name; the system lets go of it however the process ends.

    Raises:
        TelltaleError: `worker_running` where one of this name works already, here or on another machine.
    """
    config.home.mkdir(parents=True, exist_ok=True)
    with (config.home / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(name, f"on {config.home}") from None
        if elsewhere := _host_of(config, name):
            raise _taken(name, f"on {elsewhere}")
        yield


def _host_of(config: Settings, name: str) -> str | None:
    """The other machine where a worker of this name was heard of just now."""
    with session(config) as opened:
        others = workers.at_work(opened) if versions.has_tables(opened) else []
    return next((one.host for one in others if one.name == name and one.host != socket.gethostname()), None)


def _taken(name: str, where: str) -> TelltaleError:
    return TelltaleError(
        "worker_running", f"A worker called {name} already works {where}. Stop it, or give this one another --name."
    )
