"""Landlock: a process gives up, for itself and for good, all files but those it names. Linux 5.13 and newer."""

import ctypes
import os
import sys
from pathlib import Path

from pipelines.fence.libc import check, syscall

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # the same numbers on every processor
ASK_VERSION = 1
PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE, _MAKE_DIR, _MAKE_FILE = 1 << 4 | 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE  # all that can be granted on what is no folder
_EVERYTHING = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}  # that a version knows; later ones as 3

LIST = _READ_DIR
READ = _READ_FILE | _READ_DIR
USE = _READ_FILE | _WRITE_FILE
WRITE = READ | _WRITE_FILE | _REMOVE | _MAKE_DIR | _MAKE_FILE | _TRUNCATE

BIND, CONNECT = 0b01, 0b10  # TCP
SCOPES = 0b11  # abstract sockets, signals to others


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Of Landlock on this system; 0 or less where there is none."""
    return syscall(CREATE, None, ctypes.c_size_t(0), ASK_VERSION) if sys.platform.startswith("linux") else 0


def restrict(rules: list[tuple[Path, int]], network: bool) -> None:
    """From now on only what these rules allow, each a path that exists and what may be done beneath it.

    Also no TCP where the version is 4 or newer (with `network`, only none that comes in), and no signals to others
    from 6 on.
    """
    found = version()
    files = _EVERYTHING[min(found, max(_EVERYTHING))]
    closed = BIND if network else BIND | CONNECT
    wanted = _Ruleset(files, closed if found >= 4 else 0, SCOPES if found >= 6 else 0)
    size = 8 if found < 4 else 16 if found < 6 else 24
    ruleset = check(syscall(CREATE, ctypes.byref(wanted), ctypes.c_size_t(size), 0), "landlock ruleset")
    for path, allowed in rules:
        if path.exists():
            _allow(ruleset, path, allowed & files)
    check(syscall(RESTRICT, ruleset, 0), "landlock")
    os.close(ruleset)


def _allow(ruleset: int, path: Path, allowed: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(allowed if path.is_dir() else allowed & _OF_FILES, place)
        check(syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0), f"landlock rule on {path}")
    finally:
        os.close(place)
