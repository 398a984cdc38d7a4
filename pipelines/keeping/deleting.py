"""Deleting for good: the rows first, in one transaction, then the files. What was cut off between is made up for.

A file goes only while the note that it must go stands: when the same bytes came in again, the note is gone.
"""

import logging
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from core.settings import Settings
from db import audit, deletion, people
from db.deletion import Brought, Order
from db.rights import User
from db.session import session
from pipelines import storage
from pipelines.retraining import forgetting

ORIGINALS = "originals/"

log = logging.getLogger("telltale.keeping")


def delete_media(config: Settings, actor: User, media_ids: Sequence[int], order: Order) -> int:
    """Delete files, in every case that holds them; gives how many places on the disk are still not empty.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_reason`, `no_media`, `held`, `still_running`.
    """
    with session(config) as opened:
        deletion.of_media(opened, actor, media_ids, order)
    return remove_files(config)


def delete_case(config: Settings, actor: User, case_id: int, order: Order, everywhere: bool = False) -> int:
    """Delete a case and the files that no other case holds, or all of its files; gives as `delete_media`.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_reason`, `no_case`, `held`, `still_running`.
    """
    with session(config) as opened:
        deletion.of_case(opened, actor, case_id, order, everywhere)
    return remove_files(config)


def delete_brought(
    config: Settings, actor: User, login: str, order: Order, everywhere: bool = False
) -> tuple[Brought, int]:
    """Delete all that somebody brought to the desk; gives what became of it, and as `delete_media`.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_user`, `no_reason`, `still_running`.
    """
    with session(config) as opened:
        found = deletion.of_person(opened, actor, people.known(opened, login), order, everywhere)
    return found, remove_files(config)


def remove_files(config: Settings) -> int:
    """Remove what must go from the disk; gives how many places can't be emptied yet."""
    left = 0
    with session(config) as opened:
        subjects = list(deletion.pending(opened))
    for subject in subjects:
        left += _remove_of(config, subject)
    return left


def _remove_of(config: Settings, subject: str) -> int:
    with session(config) as opened:
        audit.be_alone(opened)  # whoever takes the same file in waits, or has taken the note away already
        paths = deletion.pending(opened).get(subject, [])
        gone = [path for path in paths if _remove(config, config.home / path)]
        for path in gone:
            if path.startswith(ORIGINALS):
                forgetting.say_so(config, opened, people.desk_user(opened), Path(path).name)
        if gone:
            deletion.removed(opened, people.desk_user(opened), subject, gone)
    _tidy(config.home, gone)
    return len(paths) - len(gone)


def _remove(config: Settings, path: Path) -> bool:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            storage.forget(config, path)
        if path.is_relative_to(config.home / ORIGINALS):
            forgetting.forget(config, path.name)
    except OSError as error:
        log.error("%s can't be removed: %s", path, error.strerror)
        return False
    return True


def _tidy(home: Path, paths: Iterable[str]) -> None:
    """Folders that hold nothing any more."""
    for folder in {(home / path).parent for path in paths}:
        for one in (folder, folder.parent):
            if one != home:
                with suppress(OSError):  # it holds something, or somebody else has removed it
                    one.rmdir()
