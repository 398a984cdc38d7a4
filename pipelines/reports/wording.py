"""How a report says things: sentences that an editor can quote without saying more than is known."""

from datetime import UTC, datetime

from core.detectors.card import Card
from core.evidence import Band, Evidence
from core.judgement.bands import CAUTIONS, WORDS, meaning
from db import first_looks, verdicts
from pipelines.reports.dossier import Dossier, Exhibit, FirstLook, Verdict, Who
from pipelines.reports.typeset.shaping import ISOLATES, UNSEEN

WHEN: dict[Band, str] = {
    "signs": "The score is above the upper threshold, also after re-encoding, halving and mirroring. That threshold "
    "was set so that at most {rate:.0%} of genuine files like those it was set on pass it.",
    "inconclusive": "The score lies between the two thresholds, or crosses one when the picture is re-encoded, made "
    "smaller or mirrored. The evidence does not decide.",
    "no_signs": "The score is below the lower threshold, also after re-encoding, halving and mirroring. This is never "
    "worded “authentic”: to find nothing proves nothing.",
    "too_poor": "A face was found, but fewer frames than the detector needs could be judged. There is no score.",
    "no_face": "There was nothing to score.",
}
JUDGEMENTS: dict[str, str] = dict(verdicts.WORDS.items())
IMPRESSIONS: dict[str, str] = dict(first_looks.WORDS.items())
LOOKED = "Where the model looked. It does not show what was edited."


def caution(band: Band) -> str:
    """What may not be read into a band."""
    return CAUTIONS[band]


def sentence(found: Evidence, card: Card | None) -> str | None:
    """How many genuine files scored as high; None where there is no score."""
    if found.raw_score is None:
        return None
    if card is None:
        return "The card of these weights is no longer on this desk, so the score can’t be set against genuine files."
    return meaning(found.raw_score, found.media.kind, card.scales[found.media.kind].thresholds)


def machine(exhibit: Exhibit) -> str:
    """The machine's evidence in a few words."""
    return WORDS[exhibit.analysed.evidence.band] if exhibit.analysed else "Not analysed"


def human(verdict: Verdict | None) -> str:
    """A verdict in a few words."""
    if verdict is None:
        return "No verdict was given"
    sound = f"; sound: {judged(verdict.sound).lower()}" if verdict.sound else ""
    return f"{judged(verdict.picture)}{sound} ({verdict.confidence} confidence)"


def judged(judgement: str) -> str:
    """A judgement in words."""
    return JUDGEMENTS.get(judgement, judgement)


def first_look(look: FirstLook) -> str:
    """A first look in a few words."""
    if look.impression is None:
        return f"skipped: {isolated(look.skipped or '')}"
    return IMPRESSIONS.get(look.impression, look.impression)


def signed(verdict: Verdict | None) -> str:
    """Whether an editor stands by a verdict."""
    if verdict is None or verdict.signed_by is None or verdict.signed_at is None:
        return "Not signed off"
    return f"{isolated(verdict.signed_by.name)}, {when(verdict.signed_at)}"


def answer(dossier: Dossier) -> str | None:
    """The answer in one or two sentences, where an editor gave one; for a single file, the verdict signed off."""
    if dossier.request is not None:
        return dossier.request.answer
    verdict = dossier.exhibits[0].verdict
    return None if verdict is None or verdict.signed_by is None else f"{human(verdict)}."


def title(dossier: Dossier) -> str:
    """What the report is called."""
    return dossier.request.title if dossier.request else dossier.exhibits[0].name


def person(who: Who) -> str:
    """A name, with the login behind it where they differ."""
    login = f" ({isolated(who.login)})" if who.name != who.login else ""
    return f"{isolated(who.name)}{login}"


def isolated(text: str) -> str:
    """A text of somebody else's within a sentence of ours: whatever its direction, it does not turn the sentence."""
    return f"{ISOLATES[0]}{' '.join(text.translate(UNSEEN).split())}{ISOLATES[1]}"


def when(moment: datetime) -> str:
    """A moment, always in UTC: readers of a report sit anywhere."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def stamp(moment: datetime) -> str:
    """A moment in a table, in UTC: 2026-11-24 13:05."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
