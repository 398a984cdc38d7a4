"""What a human verdict looks like: words and a mark of its own, so that it is never taken for a machine's band."""

from db.models_people import Confidence, Judgement
from db.verdicts import WORDS, VerdictRow

COLOUR = "violet"  # no band has it
SIGN = ":material/how_to_reg:"
MEANINGS: dict[Judgement, str] = {
    "authentic": "shows what was recorded, and nothing speaks against it",
    "manipulated": "a recording that was altered",
    "synthetic": "made by a machine, not recorded",
    "misleading": "genuine, but not what it is said to be",
    "inconclusive": "looked at closely, and it can't be decided",
    "not_analysable": "too poor, too short or the wrong kind to be judged",
}
SURE: dict[Confidence, str] = {"low": "low confidence", "medium": "medium confidence", "high": "high confidence"}
NONE = ":gray-badge[:material/person: No verdict yet]"


def verdict_chip(verdict: VerdictRow | None) -> str:
    """A verdict as a small label, in Markdown: picture, and sound where it was judged."""
    if verdict is None:
        return NONE
    words = WORDS[verdict.picture]
    if verdict.sound:
        words = f"{words} · sound: {WORDS[verdict.sound].lower()}"
    return f":{COLOUR}-badge[{SIGN} {words}]"


def standing(verdict: VerdictRow) -> str:
    """How far a verdict has come, in words."""
    if verdict.sign_off:
        return "signed off"
    stances = [opinion.stance for opinion in verdict.opinions]
    if "dissent" in stances:
        return "disputed"
    return "confirmed" if stances else "not yet confirmed"
