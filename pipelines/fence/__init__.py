"""What the kernel holds the confined process to, for as long as it lives: no network, no programs, few files.

Needs neither root nor a package. Limits on memory and time stand in `pipelines.confined`; this is about where the
process may reach once a file has taken it over. What a system can't hold is told, never skipped in silence.
"""

import ctypes
import sys
from pathlib import Path

from pipelines.fence import landlock, syscalls
from pipelines.fence.libc import LIBC, check

NO_FILES = "This system can't keep the decoders from the desk's other files (Linux 5.13 or newer can: Landlock)."
NO_CALLS = "This system can't keep the decoders from the network (Linux on x86-64 or arm64 can: seccomp)."

ROOT = Path(__file__).resolve().parents[2]
# Libraries, what they look up about the processor, and time zones. Not /etc, /home, /var, /run or /tmp.
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/proc", "/sys", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives",
)  # fmt: skip
NETWORK = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/ssl", "/etc/pki",
    "/etc/ca-certificates", "/run/systemd/resolve",
)  # fmt: skip
DEVICES = ("null", "zero", "urandom", "random", "nvidia*", "dri/*", "kfd")
SET_NO_NEW_PRIVS = 38


def missing() -> tuple[str, ...]:
    """What can't be held here, a sentence each; empty where everything is."""
    held = {NO_FILES: landlock.version() > 0, NO_CALLS: syscalls.known()}
    return tuple(said for said, is_held in held.items() if not is_held)


def enclose(task: str, reads: tuple[Path, ...], scratch: Path | None, network: bool) -> None:
    """Hold this process, for good, to its own code, the paths it may read and the one folder it may write to.

    Where it may use the network it reads how names are resolved and whom to trust, and still accepts no connection.
    To be called before any thread was started. `task` is "module:function"; the package it is in may be read.
    """
    if not sys.platform.startswith("linux"):
        return
    check(LIBC.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    _drop_capabilities()
    if landlock.version() > 0:
        to_resolve = tuple(map(Path, NETWORK if network else ()))
        landlock.restrict(_rules(task, (*reads, *to_resolve), scratch), network)
    if syscalls.known():
        syscalls.refuse(network)


def _rules(task: str, reads: tuple[Path, ...], scratch: Path | None) -> list[tuple[Path, int]]:
    packages = (ROOT / name for name in {"core", "pipelines", task.partition(".")[0]})
    readable = [*map(Path, SYSTEM), *_python(), *packages, *reads]
    devices = [device for name in DEVICES for device in Path("/dev").glob(name)]
    return [
        (ROOT, landlock.LIST),  # Python looks through the folder for packages
        *((path, landlock.READ) for path in readable),
        *((path, landlock.USE) for path in devices),
        *([(scratch, landlock.WRITE)] if scratch else []),
    ]


def _python() -> list[Path]:
    """Where the interpreter and its packages lie; never a folder that holds the desk itself."""
    places = {Path(place).resolve() for place in (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path) if place}
    return [place for place in places if not ROOT.is_relative_to(place)]


def _drop_capabilities() -> None:
    """Root without these is an ordinary user, who owns the same files."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    none = (ctypes.c_uint32 * 6)()
    check(LIBC.capset(ctypes.byref(Header(0x20080522, 0)), none), "no capabilities")
