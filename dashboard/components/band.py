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
# What an editor must not read into the words.
CAUTIONS: dict[Band, str] = {
    "signs": "A sign is not proof. Look at the frames below, and ask where the clip comes from.",
    "inconclusive": "The evidence is too weak to say either. Look for a better copy, or for other sources.",
    "no_signs": "Nothing was found. That does not show that the clip is genuine.",
    "too_poor": "The faces are too small, too blurred, too dark or too few. Look for a better copy.",
    "no_face": "Telltale judges faces. It can say nothing about this file.",
}


def chip(band: Band) -> str:
    """The band as a small coloured label, in Markdown."""
    return f":{COLOURS[band]}-badge[{SIGNS[band]} {WORDS[band]}]"


def headline(band: Band) -> str:
    """The band as a heading, in Markdown."""
    return f"## :{COLOURS[band]}[{SIGNS[band]} {WORDS[band]}]"
