"""Where files come in: dropped or chosen, sent as a stream."""

from dataclasses import asdict
from typing import Any

from dashboard.components.inline import inline
from pipelines.wishes import Wish

MEDIA = {
    "to": "/upload",
    "accept": "video/*,image/jpeg,image/png,image/webp,image/gif,.mkv,.avi,.mov,.webm",
    "title": "Drop clips or pictures here",
    "kinds": "MP4, MOV, MKV, WebM, AVI, GIF, JPEG, PNG, WebP.",
    "many": True,
}
CASE = {
    "to": "/case-archives",
    "accept": ".zip,application/zip",
    "title": "Drop the archive of a case here",
    "kinds": "One zip, as the other desk wrote it.",
    "many": False,
}

_dropzone = inline("dropzone")


def dropzone(wish: Wish) -> None:
    """The drop zone for files that are wished so; the page runs again when one has come in."""
    said = {name: value for name, value in asdict(wish).items() if value is not None}
    _zone("dropzone", MEDIA, said)


def case_zone() -> dict[str, Any] | None:
    """The drop zone for a case of another desk; gives what was taken in, in the run after it came."""
    return _zone("case-zone", CASE, {})


def _zone(key: str, about: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any] | None:
    found = _dropzone(key=key, data={**about, "wish": wish}, on_received_change=lambda: None)
    received: dict[str, Any] | None = found.get("received")
    return received
