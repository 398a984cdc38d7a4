"""A desk from a backup: into an empty home, every hash compared, tables brought up to date, the log's chain checked.

What was running when the backup was taken waits in the restored desk's queue, and is taken up by its first worker.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, copies, kept_files, people
from db.audit import Checked
from db.migrate import knows, migrate
from db.session import engine, session
from pipelines.keeping.manifest import BY_ROW, DATABASE, Held, Manifest, Shelf, copy


@dataclass(frozen=True)
class Restored:
    """What stands in the new home. `left_out` are places whose file the backup had only damaged, or not at all."""

    manifest: Manifest
    log: Checked
    left_out: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether all is there and nobody altered the log."""
        return self.log.broken is None and not self.left_out


def restore(source: Path, config: Settings, name: str | None = None, leave_out_damaged: bool = False) -> Restored:
    """Make the desk of these settings from a backup: the newest of a folder, or the one of this name.

    Raises:
        TelltaleError: `no_backup`, `bad_backup`, `not_empty`, `newer_backup`, `other_database`, `damaged`.
    """
    shelf = Shelf(source)
    manifest = shelf.read(name or _newest(shelf))
    _check(manifest, config)
    damaged = tuple(shelf.damaged(manifest))
    if DATABASE in damaged or (damaged and not leave_out_damaged):
        raise TelltaleError("damaged", _told(damaged))
    _place(shelf, manifest, config, frozenset(damaged))
    migrate(config)
    with session(config) as opened:
        log = audit.verify(opened, manifest.log_head)
        missing = tuple(file.path for file in kept_files.all_of(opened) if not _is_there(config, file.path))
        audit.record(
            opened, people.desk_user(opened), "backup.restored", "desk", name=manifest.name, left_out=len(missing)
        )
    return Restored(manifest, log, missing)


def _newest(shelf: Shelf) -> str:
    names = shelf.names()
    if not names:
        raise TelltaleError("no_backup", f"There is no finished backup in {shelf.folder}.")
    return names[-1]


def _check(manifest: Manifest, config: Settings) -> None:
    """Whether this backup can become the desk of these settings."""
    if config.home.exists() and any(config.home.iterdir()):
        raise TelltaleError("not_empty", f"{config.home} is not empty. A backup is restored into a new folder.")
    if manifest.database != copies.kind(config):
        hint = "Set TELLTALE_DATABASE_URL to an empty database." if manifest.database == "postgresql" else ""
        said = f"This backup is of a desk on {manifest.database}, and the settings name {copies.kind(config)}."
        raise TelltaleError("other_database", f"{said} {hint}".strip())
    if not copies.is_empty(config):
        raise TelltaleError("not_empty", "The database that the settings name is not empty.")
    if not knows(manifest.revision):
        newer = f"This backup was taken by Telltale {manifest.version}, whose tables this version does not know."
        raise TelltaleError("newer_backup", f"{newer} Restore it with that version or a later one.")


def _told(damaged: tuple[str, ...]) -> str:
    if DATABASE in damaged:
        return "The copy of the database in this backup is damaged. Take an older backup."
    some = ", ".join(damaged[:3])
    said = f"{len(damaged)} files of this backup are gone or altered, such as {some}."
    return f"{said} Take an older backup, or restore without them: --leave-out-damaged."


def _place(shelf: Shelf, manifest: Manifest, config: Settings, damaged: frozenset[str]) -> None:
    """Fill a folder beside the home and the database, and give it its name last: until then nothing was restored."""
    part = config.home.with_name(f"{config.home.name}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    for held in manifest.files:
        if held.path not in damaged:
            _put(shelf, held, part)
    copies.put_back(config.model_copy(update={"home": part}), shelf.backup(manifest.name) / DATABASE)
    if manifest.database != "sqlite":
        engine(config.resolved_database_url()).dispose()
    part.replace(config.home)


def _put(shelf: Shelf, held: Held, home: Path) -> None:
    sha256, _ = copy(shelf.object(held.sha256), home / held.path)
    if sha256 != held.sha256:
        raise TelltaleError("damaged", f"{held.path} was altered while it was read. Is the disk failing?")
    if Path(held.path).parts[0] not in BY_ROW:
        (home / held.path).chmod(0o644)  # such as a file that the desk goes on writing to


def _is_there(config: Settings, path: str) -> bool:
    return (config.home / path).is_file()
