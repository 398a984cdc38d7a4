"""Whether a person's verdict agrees with the machine's band: told beside both, never merged into one."""

from typing import Literal

from core.evidence import Band
from db.models_people import Judgement

Agreement = Literal["agree", "differ", "open"]

FAKE: tuple[Judgement, ...] = ("manipulated", "synthetic")
GENUINE: tuple[Judgement, ...] = ("authentic", "misleading")  # misleading: the picture itself is as it was taken


def agreement(band: Band, picture: Judgement | None) -> Agreement | None:
    """Of a band and the verdict on the picture. Open: one of the two does not decide. None: nobody has judged."""
    if picture is None:
        return None
    if band not in ("signs", "no_signs") or picture not in (*FAKE, *GENUINE):
        return "open"
    return "agree" if (band == "signs") == (picture in FAKE) else "differ"
