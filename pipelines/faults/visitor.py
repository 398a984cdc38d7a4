"""Somebody who looks at the pages while all this happens, and how long they take to answer."""

import http.client
import statistics
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

HOST = "127.0.0.1"
PAGES = ("", "history", "log", "system")  # the first is the queue
BREAK = 1.0  # s between two looks
PATIENCE = 30.0  # s
SLOW = 1.0  # s


@dataclass(frozen=True)
class Answers:
    """How one address answered. Times are s; `unanswered` are tries while the server ran, or seemed to."""

    count: int
    median: float
    slowest: float
    over_a_second: int
    unanswered: int


class Visitor:
    """Asks /healthz and one page after the other, from its first answer on, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._took: defaultdict[str, list[float]] = defaultdict(list)
        self._unanswered: defaultdict[str, int] = defaultdict(int)
        self._away_since: float | None = time.monotonic()  # monotonic; None while it answers
        self.returns: list[float] = []  # s from each time that it was away until it answered again
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._visit, daemon=True)

    def expect_death(self) -> None:
        """The server is being killed: until it answers again, that it doesn't is no surprise."""
        self._away_since = self._away_since or time.monotonic()

    def answers(self) -> dict[str, Answers]:
        """What came of it, by address."""
        return {address: self._answered(address, took) for address, took in self._took.items()}

    def _answered(self, address: str, took: list[float]) -> Answers:
        slow = sum(seconds > SLOW for seconds in took)
        return Answers(len(took), statistics.median(took), max(took), slow, self._unanswered[address])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._thread.join()

    def _visit(self) -> None:
        number = 0
        while not self._enough.wait(BREAK):
            self._ask("/healthz")
            if self._away_since is None:
                self._ask("/" + PAGES[number % len(PAGES)])
                number += 1

    def _ask(self, address: str) -> None:
        away, began = self._away_since, time.monotonic()
        try:
            self._health() if address == "/healthz" else self._page(address.removeprefix("/"))
        except (OSError, http.client.HTTPException, WebSocketException):
            if away is None and self._away_since is None:
                self._unanswered[address] += 1
            return
        if self._away_since is not None:
            if away is None:
                return  # the answer of one that is dead by now
            self.returns.append(time.monotonic() - self._away_since)
            self._away_since = None
        else:
            self._took[address].append(time.monotonic() - began)

    def _health(self) -> None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        finally:
            connection.close()

    def _page(self, name: str) -> None:
        """Open a page as a browser does, up to the end of its script."""
        wanted = BackMsg()
        wanted.rerun_script.page_name = name
        address = f"ws://{HOST}:{self._port}/_stcore/stream"
        origin, spoken = Origin(f"http://{HOST}:{self._port}"), [Subprotocol("streamlit")]
        with connect(address, subprotocols=spoken, origin=origin, max_size=None) as opened:
            opened.send(wanted.SerializeToString())
            said = ForwardMsg()
            while said.WhichOneof("type") != "script_finished":
                said.ParseFromString(opened.recv(timeout=PATIENCE))
