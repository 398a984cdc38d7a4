"""A shared storage that can be told to be slow, full or wrong: fsspec's own folder, behind `faulty://`.

How it is stands in a file beside it, read at every transfer: other processes use it while the harness changes it.
"""

import errno
import json
import os
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

SCHEME = "faulty"
MOOD, SERVED_WRONG = "mood.json", "wrong.txt"


@dataclass(frozen=True)
class Mood:
    """How a storage is."""

    slow: float = 0.0  # s that each transfer takes longer
    full: bool = False
    wrong: float = 0.0  # share of files that are given with one byte turned


class FaultyFiles(LocalFileSystem):
    """Files of a folder `…/files`, as its `…/mood.json` says."""

    protocol = SCHEME

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return super()._strip_protocol(_plain(path))

    def put_file(self, lpath: str, rpath: str, callback: Any = None, **options: Any) -> None:
        """Keep a file, unless the storage is full."""
        mood = _mood(rpath)
        time.sleep(mood.slow)
        if mood.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), rpath)
        super().put_file(lpath, rpath, **options)

    def get_file(self, rpath: str, lpath: str, callback: Any = None, **options: Any) -> None:
        """Give a file, or what is nearly that file."""
        mood = _mood(rpath)
        time.sleep(mood.slow)
        super().get_file(rpath, lpath, **options)
        if random.random() < mood.wrong:  # noqa: S311
            _turn_a_byte(Path(lpath))
            with (_beside(rpath) / SERVED_WRONG).open("a") as noted:
                noted.write(Path(rpath).name + "\n")


def register() -> None:
    """Let `faulty://` be a storage of this process."""
    fsspec.register_implementation(SCHEME, FaultyFiles, clobber=True)


def url(folder: Path) -> str:
    """The address of a faulty storage in a folder, which is made."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    set_mood(folder, Mood())
    return f"{SCHEME}://{folder / 'files'}"


def set_mood(folder: Path, mood: Mood) -> None:
    """How the storage in this folder is from now on."""
    part = folder / f"{MOOD}.part"
    part.write_text(json.dumps(asdict(mood)))
    part.replace(folder / MOOD)


def served_wrong(folder: Path) -> list[str]:
    """The names of the files that it gave wrong so far, in that order."""
    noted = folder / SERVED_WRONG
    return noted.read_text().splitlines() if noted.exists() else []


def _plain(path: Any) -> Any:
    if isinstance(path, list):
        return [_plain(one) for one in path]
    return str(path).removeprefix(f"{SCHEME}://")


def _beside(path: str) -> Path:
    return next(folder for folder in Path(path).parents if (folder / MOOD).exists())


def _mood(path: str) -> Mood:
    return Mood(**json.loads((_beside(path) / MOOD).read_text()))


def _turn_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
