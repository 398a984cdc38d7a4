"""seccomp: the system calls that decoding never needs, and that whoever takes a decoder over would want.

A list of what is refused, not of what is allowed: torch, MediaPipe and FFmpeg need hundreds, and others tomorrow.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from pipelines.fence.libc import LIBC, check

SET_SECCOMP, FILTER = 22, 2
CLONE_THREAD = 0x10000
X32 = 0x40000000  # a second table of calls on x86-64
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000

# Sockets of every kind (the one to the parent is there already), and io_uring, which opens them past this list;
# programs and processes; other processes' memory, files and limits; namespaces; corners of the kernel full of holes.
REFUSED = (
    "socket", "io_uring_setup", "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "unshare", "setns", "mount", "open_by_handle_at", "bpf", "perf_event_open", "userfaultfd",
    "keyctl", "add_key", "request_key",
)  # fmt: skip
TO_ITSELF = ("kill", "tgkill", "prlimit64")  # by the process in their first argument; 0 is the caller's own

ARCHITECTURES: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (0xC000003E, {
        "socket": 41, "io_uring_setup": 425, "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "ptrace": 101,
        "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438,
        "pidfd_send_signal": 424, "tkill": 200, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "unshare": 272,
        "setns": 308, "mount": 165, "open_by_handle_at": 304, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
        "keyctl": 250, "add_key": 248, "request_key": 249, "kill": 62, "tgkill": 234, "prlimit64": 302, "clone": 56,
        "clone3": 435,
    }),
    "aarch64": (0xC00000B7, {
        "socket": 198, "io_uring_setup": 425, "execve": 221, "execveat": 281, "ptrace": 117, "process_vm_readv": 270,
        "process_vm_writev": 271, "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424, "tkill": 130,
        "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "unshare": 97, "setns": 268, "mount": 40,
        "open_by_handle_at": 265, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "keyctl": 219,
        "add_key": 217, "request_key": 218, "kill": 129, "tgkill": 131, "prlimit64": 261, "clone": 220, "clone3": 435,
    }),
}  # fmt: skip

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # bytes into what the kernel shows

Step = tuple[int, int, int, int]  # code, steps to jump where true, where false, value


def known() -> bool:
    """Whether the calls of this system are known here."""
    return sys.platform.startswith("linux") and platform.machine() in ARCHITECTURES


def refuse(network: bool) -> None:
    """From now on these calls fail, in this process and all its threads to come; with `network`, sockets don't."""
    refused = [name for name in REFUSED if not (network and name == "socket")]
    steps = _program(*ARCHITECTURES[platform.machine()], refused, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    check(LIBC.prctl(SET_SECCOMP, FILTER, ctypes.c_char_p(program), 0, 0), "seccomp")


def _program(architecture: int, number: dict[str, int], refused: list[str], process: int) -> list[Step]:
    no, never = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
    steps: list[Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, KILL),  # calls of another processor have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_AT_LEAST, 0, 1, X32),
        (_RETURN, 0, 0, no),
        (_JUMP_EQUAL, 0, 1, number["clone3"]),
        (_RETURN, 0, 0, never),  # hides its flags from us; libraries then use the older one
    ]
    for name in refused:
        if name in number:
            steps += [(_JUMP_EQUAL, 0, 1, number[name]), (_RETURN, 0, 0, no)]
    steps += _unless(number["clone"], [(_JUMP_SET, 0, 1, CLONE_THREAD)], no)
    itself = [(_JUMP_EQUAL, 1, 0, 0), (_JUMP_EQUAL, 0, 1, process)]
    for name in TO_ITSELF:
        steps += _unless(number[name], itself, no)
    return [*steps, (_RETURN, 0, 0, ALLOW)]


def _unless(number: int, test: list[Step], refusal: int) -> list[Step]:
    """Refuse this call unless its first argument passes the test: its last step skips one where it does not."""
    return [
        (_JUMP_EQUAL, 0, 3 + len(test), number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *test,
        (_RETURN, 0, 0, ALLOW),
        (_RETURN, 0, 0, refusal),
    ]
