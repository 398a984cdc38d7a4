"""What a band looks like: its words first, always with a sign, a colour second and never green."""

from core.evidence import Band
from core.judgement.bands import WORDS

COLOURS: dict[Band, str] = {
    "signs": "red",
    "inconclusive": "orange",
    "no_signs": "blue",
    "too_poor": "gray",
    "no_face": "gray",
}
SIGNS: dict[Band, str] = {
    "signs": ":material/warning:",
    "inconclusive": ":material/help:",
    "no_signs": ":material/radio_button_unchecked:",
    "too_poor": ":material/blur_on:",
    "no_face": ":material/person_off:",
}
# Where somebody must not be told yet, for she has not had her first look.
UNTOLD = ":gray-badge[:material/visibility: First look]"


def chip(band: Band) -> str:
    """The band as a small coloured label, in Markdown."""
    return f":{COLOURS[band]}-badge[{SIGNS[band]} {WORDS[band]}]"


def headline(band: Band) -> str:
    """The band as a heading, in Markdown."""
    return f"## :{COLOURS[band]}[{SIGNS[band]} {WORDS[band]}]"
