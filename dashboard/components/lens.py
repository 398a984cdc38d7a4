"""The lens: a face, or its whole frame, under its heatmap."""

from dashboard.components.inline import inline
from dashboard.feed import Shot

CAPTION = "Where the model looked. It does not show where the picture was edited."

_lens = inline("lens")


def lens(key: str, shot: Shot, view: str = "crop") -> None:
    """One kept frame with its heatmap; `view` is what is shown first, "crop" or "frame"."""
    _lens(key=key, data={**shot, "view": view, "caption": CAPTION})
