"""The C library, for the few system calls that Python has no name for."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """The result of a system call; negative where it failed."""
    return int(LIBC.syscall(ctypes.c_long(number), *arguments))


def check(result: int, what: str) -> int:
    """The result of a call that must not fail.

    Raises:
        OSError: it did. The process then ends before it has touched a file.
    """
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result
