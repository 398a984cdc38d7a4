"""A copy of the whole desk, taken while it works.

First the database, in one step, then the files that this copy names. So everything it names was there at that moment:
a file is always placed before its row is committed, and never changes under its hash. The other way round, rows would
be in the copy whose files were not yet there when files were copied. What was deleted between the two steps is the one
exception: then the database is copied anew, so that no backup speaks of what it does not hold.

Files lie under their hash, once for all backups of a folder: the second backup copies only what is new.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.hashing import hashed
from core.settings import Settings
from db import audit, copies, kept_files, people
from db.kept_files import KeptFile
from db.models import now
from db.session import session
from pipelines import storage
from pipelines.keeping.manifest import (
    BY_ROW,
    DATABASE,
    STARTED,
    Held,
    Manifest,
    Shelf,
    copy,
    write,
)

# What nobody would miss, and what comes and goes while somebody works.
PASSING = (
    "incoming", "staging", "scratch", "cache",
    "training/scratch-*", "training/aside-*", "training/unpacked-*", "training/members", "training/incoming",
)  # fmt: skip
TRIES = 5  # copies of the database, where people delete meanwhile
SECRETS = {"database_url", "metrics_token"}

Say = Callable[[str], None]


class _DeletedMeanwhile(Exception):
    """A file that the copied database names was deleted, lawfully, before it was copied."""


@dataclass(frozen=True)
class Taken:
    """A finished backup. `copied` files were new to the folder."""

    manifest: Manifest
    manifest_sha256: str
    copied: int


@dataclass(frozen=True)
class _Named:
    """What the copied database says."""

    files: tuple[KeptFile, ...]
    revision: str
    log_entries: int
    log_head: str


def back_up(config: Settings, target: Path, say: Say = print) -> Taken:
    """Add a backup to a folder, and write into the log that it was taken.

    Raises:
        TelltaleError: `inside_home`, `backup_running`, `no_program`, `not_copied`.
    """
    if target.resolve().is_relative_to(config.home.resolve()):
        raise TelltaleError("inside_home", "A backup must lie outside the desk's own folder, at best on another disk.")
    shelf = Shelf(target)
    with _alone(target):
        taken = _try_again(config, shelf, say)
    with session(config) as opened:
        _record(opened, taken)
    return taken


def prune(target: Path, keep: int) -> list[str]:
    """Remove all but the newest backups of a folder, and what no other one needs; gives their names.

    Raises:
        TelltaleError: `backup_running`, `bad_backup`.
    """
    shelf = Shelf(target)
    with _alone(target):
        gone = shelf.names()[: -max(keep, 1)]
        for name in gone:
            shutil.rmtree(shelf.backup(name))
        needed = {held.sha256 for name in shelf.names() for held in shelf.read(name).files}
        for path in (target / "objects").glob("*/*"):
            if path.name not in needed:
                path.unlink()
    return gone


def _try_again(config: Settings, shelf: Shelf, say: Say) -> Taken:
    for _ in range(TRIES):
        try:
            return _take(config, shelf, now(), say)
        except _DeletedMeanwhile:
            say("Something was deleted meanwhile: beginning again.")
    raise TelltaleError("not_copied", "Things are being deleted all the time. Take the backup when that is done.")


def _take(config: Settings, shelf: Shelf, at: datetime, say: Say) -> Taken:
    name = f"{at:%Y%m%dT%H%M%SZ}"
    folder = shelf.backup(STARTED + name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"Copying the database ({copies.kind(config)}).")
    named = copies.take(config, folder / DATABASE, _read)
    files, damaged, copied = _copy_files(config, shelf, named, say)
    manifest = Manifest(
        name=name,
        taken_at=at,
        version=version("telltale"),
        database=copies.kind(config),
        database_sha256=hashed(folder / DATABASE),
        database_bytes=(folder / DATABASE).stat().st_size,
        revision=named.revision,
        log_entries=named.log_entries,
        log_head=named.log_head,
        files=tuple(files),
        damaged=tuple(damaged),
        settings=_settings(config),
    )
    sha256 = write(manifest, folder)
    folder.rename(shelf.backup(name))
    return Taken(manifest, sha256, copied)


def _read(snapshot: Session) -> _Named:
    revision = snapshot.scalar(text("SELECT version_num FROM alembic_version"))
    return _Named(
        tuple(kept_files.all_of(snapshot)), str(revision), audit.count(snapshot), audit.head(snapshot)
    )


def _copy_files(
    config: Settings, shelf: Shelf, named: _Named, say: Say
) -> tuple[list[Held], list[str], int]:
    """Every file that the copied database names, then what else lies in home; gives them, the damaged, how many new."""
    held, damaged, copied = [], [], 0
    say(f"Copying what is new of {len(named.files):,} files.")
    for file in named.files:
        target = shelf.object(file.sha256)
        is_new = not target.is_file()
        if is_new and not _copy_named(config, file, target):
            damaged.append(file.path)
            continue
        held.append(Held(file.path, file.sha256, target.stat().st_size))
        copied += is_new
    for path, source in _others(config):
        try:
            sha256, is_new = _copy_other(source, shelf)
        except FileNotFoundError:  # whoever works at the desk has removed it meanwhile
            continue
        held.append(Held(path, sha256, shelf.object(sha256).stat().st_size))
        copied += is_new
    return held, damaged, copied


def _copy_other(source: Path, shelf: Shelf) -> tuple[str, bool]:
    """Keep a file that may change while it is read; gives the hash of what is kept, and whether that is new."""
    sha256 = hashed(source)
    if shelf.object(sha256).is_file():
        return sha256, False
    return shelf.put(source), True


def _copy_named(config: Settings, file: KeptFile, target: Path) -> bool:
    """Says no where the file is not what the database says, though the desk still speaks of it."""
    try:
        sha256, _ = copy(storage.here(config, config.home / file.path), target)
    except FileNotFoundError:
        sha256 = ""
    if sha256 == file.sha256:
        return True
    target.unlink(missing_ok=True)
    with session(config) as opened:
        if not kept_files.still_named(opened, file):
            raise _DeletedMeanwhile
    return False


def _others(config: Settings) -> Iterator[tuple[str, Path]]:
    """What lies in home and is named by no row, such as trained models, and the models that ship: place and file."""
    database = config.home / "telltale.sqlite"
    for path in sorted(_files(config.home)):
        place = path.relative_to(config.home)
        passing = place.parts[0] in BY_ROW or _is_passing(place) or path.suffix == ".lock"
        if not passing and not path.name.startswith(database.name):
            yield place.as_posix(), path
    if not config.models.is_relative_to(config.home):
        for path in sorted(_files(config.models)):
            yield (Path("models") / path.relative_to(config.models)).as_posix(), path


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder; `os.walk` passes over folders that vanish meanwhile."""
    for place, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(place, name)).is_file())


def _is_passing(place: Path) -> bool:
    starts = (place.parts[0], "/".join(place.parts[:2]))
    return any(fnmatchcase(start, passing) for start in starts for passing in PASSING)


def _settings(config: Settings) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=SECRETS)


def _record(opened: Session, taken: Taken) -> None:
    found = taken.manifest
    audit.record(
        opened, people.desk_user(opened), "backup.taken", "desk", name=found.name, files=len(found.files),
        bytes=found.database_bytes + sum(held.bytes for held in found.files), damaged=len(found.damaged),
        manifest_sha256=taken.manifest_sha256,
    )  # fmt: skip


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One at a time writes into a folder of backups."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (target / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TelltaleError("backup_running", f"Another backup is being written to {target}.") from None
        yield
