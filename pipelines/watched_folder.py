"""The watched folder: what appears there and has stopped growing comes in by itself, once, behind all that people ask.

Every worker that is told of the folder looks for itself. What keeps them apart stands in the database: who has a file
in hand, and, in the transaction that makes its job, that it is done with. So it comes in once, whoever is killed
meanwhile. Originals in the folder are only read.
"""

import hashlib
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.errors import AnalysisFailed, MediaRefused, TelltaleError
from core.evidence import MediaInfo
from core.settings import Settings
from db import people, watched_files, workers
from db.session import session
from db.watched_files import Stamp
from pipelines.confine import Confined
from pipelines.folders import Listing, listing
from pipelines.intake import Gift, keep_file, prober, write_refusal
from pipelines.jobs import submit
from pipelines.wishes import Wish

PACE = 5.0  # s between two looks
MOST_TRIES = 5  # of a file that could not be stored or read, over an hour and a half
WAIT = timedelta(minutes=1)  # before the second try; four times as long before each further one
KINDS = 5  # suffixes that are named
STOPPED = AnalysisFailed(
    "crashed", f"The worker stopped {MOST_TRIES} times while it took this file in. Look at its log."
)

log = logging.getLogger("telltale.watched")


class _NotNow(Exception):
    """It changed while it was read, or another worker was quicker."""


@contextmanager
def watching(config: Settings, worker: str) -> Iterator[None]:
    """Look into the folder beside other work, where a setting names one, until the block ends."""
    ended = threading.Event()
    watcher = Watcher(config, worker, ended)
    if config.watched_folder:
        threading.Thread(target=watcher.go_on, name="watched-folder", daemon=True).start()
    else:
        watcher.tell(None)
    try:
        yield
    finally:
        ended.set()  # a file in hand is not waited for: it is taken in whole, or not at all


class Watcher:
    """One worker's looks at the folder."""

    def __init__(self, config: Settings, worker: str, ended: threading.Event | None = None) -> None:
        self._config, self._worker, self._ended = config, worker, ended or threading.Event()
        self._quiet = timedelta(seconds=config.watched_quiet)
        self._done: dict[str, Stamp] = {}  # so that what lies there for years is not asked for at each look
        self._told: str | None = None

    def go_on(self) -> None:
        """Look again and again. What fails once is logged, and tried at the next look."""
        while True:
            try:
                self.look()
            except (OperationalError, IntegrityError) as error:
                log.warning("the watched folder waits for the database: %s", error.orig)
            except Exception:
                log.exception("a look at the watched folder met a fault of ours")
            if self._ended.wait(PACE):
                return

    def look(self) -> None:
        """One look: note what is there, and take in what has stopped growing."""
        folder = self._config.watched_folder
        assert folder is not None
        try:
            found = listing(_outside(folder, self._config.home))
        except OSError as error:
            return self.tell(f"It can't be looked into: {error.strerror}.")
        except TelltaleError as refusal:
            return self.tell(str(refusal))
        self.tell(_said_of(found))
        stamps = _stamps(folder, found.media)
        self._take(self._due(stamps), stamps)
        return None

    def tell(self, says: str | None) -> None:
        """Say on the page Queue which folder is looked into, and what is wrong there."""
        folder = self._config.watched_folder
        told = f"{folder}\0{says}"
        if told != self._told:
            with session(self._config) as opened:
                workers.watch(opened, self._worker, str(folder) if folder else None, says)
            self._told = told

    def _due(self, stamps: dict[str, tuple[Path, Stamp]]) -> tuple[str, ...]:
        new = {key: stamp for key, (_, stamp) in stamps.items() if self._done.get(key) != stamp}
        with session(self._config) as opened:
            seen = watched_files.see(opened, new, self._quiet)
            watched_files.forget_vanished(opened, stamps.keys())
        self._done.update({key: new[key] for key in seen.ended})
        return seen.due

    def _take(self, due: tuple[str, ...], stamps: dict[str, tuple[Path, Stamp]]) -> None:
        if not due:
            return
        with prober(self._config) as probe:
            for key in due:
                if self._ended.is_set():
                    return
                self._take_one(key, *stamps[key], probe)

    def _take_one(self, key: str, path: Path, stamp: Stamp, probe: Confined) -> None:
        with session(self._config) as opened:
            alive = [one.name for one in workers.at_work(opened)]
            tries = watched_files.claim(opened, key, stamp, self._worker, alive)
            gift = Gift(path.name, people.desk_user(opened), Wish("background"), "folder")
        if tries is None:
            return None
        if tries > MOST_TRIES:
            return self._not_taken(key, path, stamp, gift, STOPPED, tries)

        def settle(opened: Session, media_id: int, info: MediaInfo) -> None:
            if _stamp(path) != stamp or not watched_files.end(opened, key, stamp):
                raise _NotNow
            submit(opened, self._config, gift.actor, media_id, info.name, gift.wish.priority)

        try:
            keep_file(path, gift, self._config, probe, settle)
        except _NotNow:
            self._let_go(key)
        except TelltaleError as refusal:
            self._not_taken(key, path, stamp, gift, refusal, tries)
        else:
            log.info("%r was taken in from the watched folder", gift.name)
        return None

    def _not_taken(
        self, key: str, path: Path, stamp: Stamp, gift: Gift, refusal: TelltaleError, tries: int
    ) -> None:
        """Say for good that a file is refused, unless it is not whole yet, or what fails may be mended soon."""
        if _stamp(path) != stamp:
            self._let_go(key)
        elif tries < MOST_TRIES and _may_pass(refusal):
            log.warning("%r waits in the watched folder: %s", gift.name, refusal)
            self._let_go(key, WAIT * 4 ** (tries - 1))
        else:
            with session(self._config) as opened:
                if watched_files.end(opened, key, stamp):
                    write_refusal(opened, gift, refusal)
            log.warning("%r in the watched folder is refused: %s", gift.name, refusal)

    def _let_go(self, key: str, wait: timedelta = timedelta()) -> None:
        with session(self._config) as opened:
            watched_files.let_go(opened, key, self._worker, wait)


def _outside(folder: Path, home: Path) -> Path:
    """The folder, if what the desk itself writes can't come in by it.

    Raises:
        TelltaleError: `watches_itself`.
    """
    one, other = folder.resolve(), home.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise TelltaleError(
            "watches_itself",
            "The desk keeps its own files in there. Set TELLTALE_WATCHED_FOLDER to another folder.",
        )
    return folder


def _may_pass(refusal: TelltaleError) -> bool:
    """Whether it may go another time: a full disk, a file whose rights are set last."""
    return not isinstance(refusal, MediaRefused) or refusal.code == "not_a_file"


def _said_of(found: Listing) -> str | None:
    """What people should know of a folder that can be looked into."""
    said = []
    if found.others:
        kinds = Counter(path.suffix.lower() or "no suffix" for path in found.others).most_common(KINDS)
        of = "file is" if len(found.others) == 1 else "files are"
        said.append(f"{len(found.others):,} {of} passed over: of a kind that the desk does not read "
                    f"({', '.join(kind for kind, _ in kinds)}).")  # fmt: skip
    if found.closed:
        names = ", ".join(path.name for path in found.closed[:KINDS])
        said.append(f"The desk may not look into {names}.")
    return " ".join(said) or None


def _stamps(folder: Path, files: list[Path]) -> dict[str, tuple[Path, Stamp]]:
    """Each file with its stamp, by its key, the one that was written first before the others."""
    found = [(path, stamp) for path in files if (stamp := _stamp(path))]
    found.sort(key=lambda one: (one[1].changed_ns, one[0]))
    return {_key(path.relative_to(folder)): (path, stamp) for path, stamp in found}


def _stamp(path: Path) -> Stamp | None:
    """None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def _key(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()
