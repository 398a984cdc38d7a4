"""Where files come in: dropped or chosen, sent as a stream."""

from dataclasses import asdict

from dashboard.components.inline import inline
from pipelines.wishes import Wish

_dropzone = inline("dropzone")


def dropzone(wish: Wish) -> None:
    """The drop zone for files that are wished so; the page runs again when one has come in."""
    said = {name: value for name, value in asdict(wish).items() if value is not None}
    _dropzone(key="dropzone", data={"wish": said}, on_received_change=lambda: None)
