"""Where a process of ours may reach: to public addresses and nowhere else. It holds for whatever code runs in it.

The rule stands in an audit hook of Python, which nothing in the process can take off again. It sees the address that
a socket is about to connect to: after a name was resolved, at every redirect, for every piece of a stream. So a name
that resolves to something else the second time gains nothing.
"""

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MayReach = Callable[[Address], bool]

TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64: the last 32 bits are an IPv4 address
CLOSED = frozenset(
    {
        "socket.bind", "socket.sendto", "socket.sendmsg", "subprocess.Popen", "os.exec", "os.fork", "os.forkpty",
        "os.posix_spawn", "os.system", "pty.spawn",
    }
)  # fmt: skip


class OutOfReach(OSError):
    """Something was to be done that this process may not do."""


def is_public(address: Address) -> bool:
    """Whether this is somebody's address in the open internet: not private, not this machine, not link-local."""
    inner = _carried(address)
    return address.is_global and not address.is_multicast if inner is None else is_public(inner)


class Fence:
    """Put around this process for good. `refused` is what was tried beyond it."""

    def __init__(self, may_reach: MayReach) -> None:
        self._may_reach = may_reach
        self.refused: list[str] = []

    def close(self) -> None:
        """From now on it holds."""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, said: tuple[Any, ...]) -> None:
        if event in CLOSED:
            raise OutOfReach(f"{event} is closed in this process")
        if event == "socket.connect":
            self._connect(said[0], said[1])

    def _connect(self, opened: socket.socket, target: Any) -> None:
        plain = opened.family in (socket.AF_INET, socket.AF_INET6) and isinstance(target, tuple)
        address = _numeric(target[0]) if plain else None
        if address is None or not self._may_reach(address):
            self.refused.append(str(address or target))
            raise OutOfReach(f"{address or target} is not in the open internet")


def _numeric(host: Any) -> Address | None:
    """A name is not let through: what it resolves to would be known to the system alone."""
    try:
        return ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return None


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at, where it carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
