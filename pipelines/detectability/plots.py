"""The study's figures, drawn without a screen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from core.generators.journal import grid
from core.generators.marking import sentence, write_picture
from pipelines.detectability.exhibits import Pictures
from pipelines.detectability.study import GENUINE, SEED, Study
from pipelines.detectability.witnesses import Told

SHOWN = 64  # samples in a grid
QUALITY = {"kid": "KID", "precision": "precision", "recall": "recall", "diversity": "diversity"}
# Told apart without red and green; the genuine are black (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
GREY = "#222222"


def draw(study: Study, folder: Path) -> None:
    """quality.png, spectra.png, found.png, and a marked grid of each generator's samples."""
    folder.mkdir(parents=True, exist_ok=True)
    _quality(study).savefig(folder / "quality.png", dpi=110)
    _spectra(study).savefig(folder / "spectra.png", dpi=110)
    _found(study).savefig(folder / "found.png", dpi=110)
    for made in study.made:
        write_picture(folder / f"grid-{made.name}.png", _grid(made.pictures), sentence(made.name, SEED))


def _quality(study: Study) -> Figure:
    figure = Figure(figsize=(10, 2.6), layout="constrained")
    axes = figure.subplots(1, len(QUALITY))
    for axis, (key, label) in zip(axes, QUALITY.items(), strict=True):
        for row, made in enumerate(study.made):
            told = study.quality[made.name][key]
            _mark(axis, row, told["value"], (told["low"], told["high"]), COLOURS[row % len(COLOURS)])
        axis.set_title(label, fontsize=9)
        _names(axis, [made.name for made in study.made] if axis is axes[0] else [""] * len(study.made))
    return figure


def _spectra(study: Study) -> Figure:
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    genuine = np.array(study.spectra[GENUINE]["radial"])
    waves = np.arange(len(genuine))
    for number, (name, told) in enumerate(study.spectra.items()):
        colour = GREY if name == GENUINE else COLOURS[(number - 1) % len(COLOURS)]
        own = np.array(told["radial"])
        left.semilogy(waves[1:], own[1:], color=colour, label=name)
        right.plot(waves[1:], 10 * np.log10(own[1:] / genuine[1:]), color=colour)
    left.set(title="Mean power", xlabel="waves across the picture")
    right.set(title="Beside genuine pictures, dB", xlabel="waves across the picture")
    left.legend(fontsize=8)
    return figure


def _found(study: Study) -> Figure:
    figure = Figure(figsize=(10, 1.4 + 0.5 * len(next(iter(study.found.values())))), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(study.found)))
    for axis, (name, by_detector) in zip(axes, study.found.items(), strict=True):
        for number, made in enumerate(study.made):
            beside = 0.6 * ((number + 0.5) / len(study.made) - 0.5)  # so that intervals don't hide one another
            _marks(axis, number, beside, made.name, by_detector)
        axis.axvline(0.5, color=GREY, linewidth=0.8, linestyle=":")
        axis.set_title(f"AUC on {name}", fontsize=9)
        axis.set_xlim(-0.02, 1.02)
        _names(axis, list(by_detector) if axis is axes[0] else [""] * len(by_detector))
    axes[-1].legend(fontsize=8, loc="lower left")
    return figure


def _marks(axis: Axes, number: int, beside: float, made: str, by_detector: dict[str, dict[str, Told]]) -> None:
    """One generator's AUC, a mark in each detector's row."""
    label: str | None = made
    for row, of in enumerate(by_detector.values()):
        if made in of:
            auc = of[made]["auc"]
            _mark(axis, row + beside, auc["value"], auc["ci"], COLOURS[number % len(COLOURS)], label)
            label = None  # once in the legend


def _mark(
    axis: Axes, place: float, value: float, ends: Sequence[float], colour: str, label: str | None = None
) -> None:
    """A value on its interval."""
    axis.plot(ends, [place, place], color=colour)
    axis.plot(value, place, "o", color=colour, markersize=4, label=label)


def _names(axis: Axes, names: list[str]) -> None:
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.tick_params(axis="x", labelsize=8)


def _grid(pictures: Pictures) -> Pictures:
    return grid(torch.from_numpy(pictures[:SHOWN].transpose(0, 3, 1, 2) / 127.5 - 1))
