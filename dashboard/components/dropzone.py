"""Where files come in: dropped or chosen, sent as a stream."""

from dashboard.components.inline import inline
from db.models import Priority

_dropzone = inline("dropzone")


def dropzone(priority: Priority) -> int | None:
    """The drop zone; gives the id of a job that was just made of a file."""
    return _dropzone(key="dropzone", data={"priority": priority}, on_received_change=lambda: None).received
