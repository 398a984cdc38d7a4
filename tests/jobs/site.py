"""A site on this machine to fetch clips from, and a fetcher that may reach it: what the product never allows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any, ClassVar

from core.settings import ROOT
from pipelines.confined import Task
from pipelines.fetching import fetcher_within

CLIP = ROOT / "samples" / "portrait_genuine.mp4"
HERE = ip_address("127.0.0.1")
PAGE = """<html><head><title>The minister's speech</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "VideoObject",
"name": "The minister's speech", "description": "x", "author": "Ada Uploads", "uploadDate": "2026-01-02",
"contentUrl": "%s"}</script></head></html>"""
CHUNK = 4096  # bytes


def fetcher(setup: dict[str, Any]) -> Task:
    """Fetches from this one address and no other."""
    return fetcher_within(setup, lambda address: address == HERE)


class Site(BaseHTTPRequestHandler):
    """Each path behaves in another way."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(f"{self.path} {self.headers.get('Cookie')}")
        port = self.server.server_port
        match self.path:
            case "/page":
                self._say(PAGE.replace("%s", f"http://127.0.0.1:{port}/clip.mp4"))
            case "/into-the-network":
                self._say(PAGE.replace("%s", f"http://127.0.0.2:{port}/clip.mp4"))
            case "/away":
                self._redirect(f"http://127.0.0.2:{port}/page")
            case "/by-name":
                self._redirect(f"http://localhost.localdomain.invalid:{port}/page")
            case "/moved":
                self._redirect("/page")
            case "/text":
                self._say("<html><head><title>Only words</title></head><body>Words.</body></html>")
            case "/forbidden":
                self.send_error(403)
            case "/clip.mp4":
                self._send(pause=0.0)
            case "/slow.mp4":
                self._send(pause=0.5)
            case "/endless.mp4":
                self._send(pause=0.0, length=None)
            case _:
                self.send_error(404)

    do_HEAD = do_GET  # noqa: N815

    def _say(self, words: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(words.encode())

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.end_headers()

    def _send(self, pause: float, length: int | None = CLIP.stat().st_size) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            for chunk in self._chunks(forever=length is None):
                self.wfile.write(chunk)
                time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the desk heard enough

    def _chunks(self, forever: bool) -> Iterator[bytes]:
        content = CLIP.read_bytes()
        while True:
            yield from (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
            if not forever:
                return

    def log_message(self, *_said: Any) -> None:
        """Nothing to the terminal."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of the site while it is there."""
    Site.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
