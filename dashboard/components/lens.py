"""The lens: a face, or its whole frame, under its heatmap."""

from core.explain.heat import FAINT
from dashboard.components.inline import inline
from dashboard.feed import Shot
from pipelines.statements import NOWHERE

CAPTION = "Where the model looked. It does not show where the picture was edited."

_lens = inline("lens")


def lens(key: str, shot: Shot, view: str = "crop") -> None:
    """One kept frame with its heatmap; `view` is what is shown first, "crop" or "frame".

    A map that located nothing gets a sentence in place of its scale.
    """
    _lens(key=key, data={**shot, "view": view, "caption": CAPTION, "faint": FAINT, "nowhere": NOWHERE})
