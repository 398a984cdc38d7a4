"""Where files come in: dropped or chosen, sent as a stream."""

from dashboard.components.inline import inline
from db.models import Priority

_dropzone = inline("dropzone")


def dropzone(priority: Priority) -> None:
    """The drop zone; the page runs again when a file has come in."""
    _dropzone(key="dropzone", data={"priority": priority}, on_received_change=lambda: None)
