"""How often a detector errs, as its card keeps it: the same sets in the same words on pages and in reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.detectors.card import Card

# The sets that the shipped detector is made with; others keep the name that they came with.
SETS = {"videos": "Clips", "dfdc_pairs": "DFDC faces", "stylegan_ffhq256": "FFHQ and StyleGAN portraits"}
SPLITS = {
    "dev": "bands were set on these",
    "worn": "the same at 480 lines, CRF 32",
    "test": "kept apart to the end",
}  # as `pipelines.release` measures them
FIGURES = {
    "auc": ("Manipulated above genuine", "How often a manipulated file scores above a genuine one; 0.5 is a coin."),
    "eer": (
        "Equal error rate",
        "Where as large a share of genuine files is flagged as of manipulated ones is missed.",
    ),
    "tpr_at_fpr05": (
        "Found at 5 % false alarms",
        "Share of manipulated files found when 1 genuine file in 20 is flagged.",
    ),
    "ece": ("Calibration error", "How far the scores are from true frequencies."),
    "ece_of_perfect": (
        "Calibration error by chance",
        "What scores that are true frequencies would come to on so few files: no error below it is shown.",
    ),
    "flagged_genuine": ("Genuine flagged", "Share of genuine files that reached “Signs of manipulation”."),
    "inconclusive": (
        "Undecided or not judged",
        "Share of all files that were called inconclusive, or had no face, or none that could be judged.",
    ),
}  # of `pipelines.evaluation`: its name in plain words, and what it means


@dataclass(frozen=True)
class Measured:
    """One set that the detector was measured on: its name, what it was for, and its figures."""

    name: str
    told: str
    figures: Mapping[str, Any]


def measured(card: Card) -> Iterator[Measured]:
    """Every set of a card, those that it was made with first."""
    for split, told in SPLITS.items():
        for name, part in card.figures.get(split, {}).items():
            yield Measured(SETS.get(name, name), told, part["overall"])


def cell(figure: Mapping[str, Any] | None) -> str:
    """A figure with its 95 % interval: 0.91 (0.87–0.94)."""
    if figure is None:
        return "–"
    low, high = figure["ci"]
    return f"{figure['value']:.2f} ({low:.2f}–{high:.2f})"
