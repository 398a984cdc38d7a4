"""How it was done, how often it errs, and what it can't carry: from the model's card, in words before figures."""

from collections.abc import Iterator

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from core.detectors.card import Card
from core.evidence import Band, MediaKind
from core.judgement.bands import WORDS
from core.judgement.calibration import probability
from pipelines.error_rates import FIGURES, cell, measured
from pipelines.reports.dossier import Dossier
from pipelines.reports.pages.house import BODY, CELL, PAGE_HEIGHT, QUIET, WIDTH, House, band_words
from pipelines.reports.wording import WHEN

STEPS = (
    (
        "The file was copied to the desk, hashed, and kept unchanged. It was decoded in a separate process with "
        "limited rights."
    ),
    (
        "Frames were taken at even times. In each of them faces were looked for, and followed from frame to frame "
        "within a shot. A person who comes back after a cut counts as another one."
    ),
    (
        "Each face was cut out in the same way and scored by the detector alone. Faces too small, blurred, dark or "
        "turned were not scored."
    ),
    (
        "A person’s score is the mean of her frames’ scores before calibration. A clip’s score is that of its "
        "strongest person."
    ),
    (
        "The frames of a person that weigh most were scored again after re-encoding, halving and mirroring. None of "
        "that changes what a face is: where it takes the score across a threshold, the result is “Inconclusive”."
    ),
    (
        "The score was set against genuine files and fakes that the detector had never seen, and put in words. The "
        "words are the result; the score is given so that others can check."
    ),
    (
        "A score is not the probability that a file was manipulated: that depends also on how many of the files that "
        "reach the desk are."
    ),
)
KINDS: tuple[tuple[MediaKind, str], ...] = (("video", "clips"), ("image", "pictures"))
SHOWN = ("auc", "tpr_at_fpr05", "flagged_genuine", "inconclusive")
EXPLAINED = (
    " ".join(f"{FIGURES[key][0]}: {FIGURES[key][1][0].lower()}{FIGURES[key][1][1:]}" for key in SHOWN)
    + " In brackets: 95 % intervals over people or source clips."
)
NO_CARD = "No detector’s card is at hand, so no error rate can be given."
LIMITS = (
    (
        "The detector was measured on the sets named above. For other footage, other tools and other people its error "
        "rates are not known."
    ),
    "Re-encoding, scaling, filters and screen recording change scores. A better copy may give another result.",
    "A heatmap shows where the model looked. It is not a map of what was edited.",
    "Metadata and Content Credentials can be removed, and metadata can be written by anybody.",
)


def method(house: House, dossier: Dossier) -> Iterator[Flowable]:
    """Method, error rates and limits: three sections."""
    yield from house.heading(1, "3  Method")
    yield from house.bullets(STEPS)
    yield from house.heading(3, "What the words mean")
    yield _words(house, dossier)
    for card in dossier.cards:
        yield house.facts(_facts(card, dossier), heading=f"Detector {card.name} {card.version}")
    if any(one.analysed and dossier.card(one) is None for one in dossier.exhibits):
        yield house.text(
            BODY, "A detector that spoke is no longer on this desk, so its card can’t be quoted."
        )
    yield from _errors(house, dossier)
    yield from house.heading(1, "5  Limits")
    yield from house.bullets([*LIMITS, *(limit for card in dossier.cards for limit in card.limits)])


def _words(house: House, dossier: Dossier) -> Flowable:
    rates = [scale.thresholds.false_alarm_rate for card in dossier.cards for scale in card.scales.values()]
    said: list[list[str | Flowable]] = [
        [house.text(CELL, band_words(WORDS[band], band)), _when(band, max(rates, default=0.05))]
        for band in WORDS
    ]
    return house.table(("The report says", "when"), said, (45, 130))


def _when(band: Band, rate: float) -> str:
    return WHEN[band].format(rate=rate)


def _facts(card: Card, dossier: Dossier) -> list[tuple[str, str]]:
    clips, stills = (len(card.scales[kind].thresholds.genuine) for kind in ("video", "image"))
    gate, side = card.quality, card.crop.size
    cut = f"cut out along their landmarks with a margin of {card.crop.margin:.0%} ({card.crop.version})"
    turned = f"sharp and lit enough, turned by less than {gate.max_yaw:.0f}°"
    return [
        ("Weights, SHA-256", card.sha256),
        ("Card, SHA-256", card.own_sha256()),
        ("Built as", f"{card.architecture}, on faces of {side} × {side} pixels, {cut}"),
        *[(f"Scores of {what}", _bands(card, kind)) for kind, what in KINDS],
        ("Bands rest on", f"{clips} genuine clips and {stills} genuine pictures; no claim goes beyond them"),
        (
            "A face is judged",
            f"from {gate.min_face_px:.0f} pixels wide, {turned}; a person needs {gate.min_frames} frames",
        ),
        ("Software", f"Telltale {dossier.issue.version}"),
        ("Licence of the weights", card.licence),
    ]


def _bands(card: Card, kind: MediaKind) -> str:
    """Where the bands of a kind of media begin, on the scale of the scores in this report."""
    scale = card.scales[kind]
    limits = scale.thresholds
    if not limits.genuine:
        return "none decides"
    signs, no_signs = (probability(raw, scale.calibration) for raw in (limits.signs, limits.no_signs))
    rate = f"set so that at most {limits.false_alarm_rate:.0%} of genuine ones pass it"
    return f"signs of manipulation above {signs:.3f}, {rate}; no signs below {no_signs:.3f}"


def _errors(house: House, dossier: Dossier) -> Iterator[Flowable]:
    tables = [_rates(house, card) for card in dossier.cards]
    high = sum(table.wrap(WIDTH, PAGE_HEIGHT)[1] for table in tables)
    yield from house.heading(1, "4  Known error rates", min(high + 30 * mm, PAGE_HEIGHT / 2))
    yield from tables
    yield house.text(QUIET, EXPLAINED if dossier.cards else NO_CARD)


def _rates(house: House, card: Card) -> Flowable:
    if not (rows := list(_rows(card))):
        said = f"The card of {card.name} {card.version} gives no figures: its error rates are not known."
        return house.text(BODY, said)
    heads = (f"{card.name} {card.version} on", "Genuine", "Fake", *(FIGURES[key][0] for key in SHOWN))
    return house.table(heads, rows, (46, 18, 13, 30, 30, 30, 30), numbers=(1, 2))


def _rows(card: Card) -> Iterator[list[str]]:
    for one in measured(card):
        found = one.figures
        yield [f"{one.name}, {one.told}", str(found["n_real"]), str(found["n_fake"]),
               *(cell(found.get(key)) for key in SHOWN)]  # fmt: skip
