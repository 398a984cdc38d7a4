"""What the figures say, in sentences; nothing is said that an interval does not bear out."""

from collections.abc import Iterator
from typing import Any

from pipelines.detectability.study import GENUINE, Study

USUAL = "That diffusion keeps finer detail than GANs and is found more easily"


def findings(study: Study) -> list[str]:
    """From quality over spectra to detection."""
    return [*_of_quality(study), *_of_spectra(study), *_of_detection(study), *_of_formats(study), _of_the_usual(study)]


def value(figure: dict[str, Any], digits: int = 2, times: float = 1) -> str:
    """A figure with its interval; both records of this project, of quality and of detection, are known."""
    low, high = figure["ci"] if "ci" in figure else (figure["low"], figure["high"])
    return f"{figure['value'] * times:.{digits}f} ({low * times:.{digits}f}–{high * times:.{digits}f})"


def _of_quality(study: Study) -> Iterator[str]:
    ranked = sorted(study.made, key=lambda m: study.quality[m.name]["kid"]["value"])
    best, *others = ranked
    place = "comes nearest to the set" if others else "was the only generator"
    yield f"{best.name} {place}: KID × 1000 {value(study.quality[best.name]['kid'], 0, 1000)}."
    for other in others:
        ours, theirs = study.quality[best.name]["kid"], study.quality[other.name]["kid"]
        surely = "" if ours["high"] < theirs["low"] else "; the intervals overlap, so it may be chance"
        yield f"Its KID is {1 - ours['value'] / theirs['value']:.0%} below that of {other.name}{surely}."
    for made in study.made:
        share = study.quality[made.name]["copied"]
        if share["low"] > 0.01:  # one sample in a hundred is what the measure calls a copy among genuine pictures
            yield f"{made.name} copies: {value(share)} of its samples lie nearer to a picture than pictures do."


def _of_spectra(study: Study) -> Iterator[str]:
    genuine = study.spectra[GENUINE]
    for made in study.made:
        own = study.spectra[made.name]
        ratio = own["fine_share"]["median"] / genuine["fine_share"]["median"]
        yield (
            f"{made.name} has {ratio:.2f} times genuine faces' share of fine detail, and its 2, 4 and 8 px grid "
            f"stands out by {own['grid_excess_db']:.1f} dB ({genuine['grid_excess_db']:.1f} dB in genuine ones)."
        )


def _of_detection(study: Study) -> Iterator[str]:
    first = next(iter(study.found.values()))
    for detector, of in first.items():
        most = _most_easily(of)
        turned = [made for made in of if of[made]["auc"]["ci"][1] < 0.5]
        said = "finds no generator better than a coin would"
        if of[most]["auc"]["ci"][0] > 0.5:
            said = f"finds {most}{' most easily' if len(of) > 1 else ''}, AUC {value(of[most]['auc'])}"
        if turned:
            said += f"; it takes {', '.join(turned)} for more genuine than genuine faces"
        yield f"{detector} {said}."


def _of_formats(study: Study) -> Iterator[str]:
    (plain, before), *others = study.found.items()
    for name, after in others:
        lost = {
            f"{detector} on {made}": of[made]["auc"]["value"] - after[detector][made]["auc"]["value"]
            for detector, of in before.items() for made in of
        }  # fmt: skip
        most = max(lost, key=lambda key: abs(lost[key]))
        word = "loses" if lost[most] > 0 else "gains"
        yield f"From {plain} to {name} {most} {word} most: {abs(lost[most]):.2f} of AUC."


def _of_the_usual(study: Study) -> str:
    diffusion = [m for m in study.made if m.model == "ddpm"]
    gans = [m for m in study.made if m.model != "ddpm"]
    if not diffusion or not gans:
        return f"{USUAL} was not tried: the study needs a diffusion model and a GAN."
    ours = diffusion[0]
    finer = study.spectra[ours.name]["fine_share"]["median"]
    above = sum(finer > study.spectra[gan.name]["fine_share"]["median"] for gan in gans)
    first = next(iter(study.found.values()))
    easier = [d for d, of in first.items() if ours.name in of and _most_easily(of) == ours.name]
    return (
        f"{USUAL}: here {ours.name} has a larger share of fine detail than {above} of {len(gans)} GANs, and "
        f"{len(easier)} of {len(first)} detectors find it more easily than every GAN."
    )


def _most_easily(of: dict[str, Any]) -> str:
    """Whom a detector finds most easily."""
    return max(of, key=lambda made: of[made]["auc"]["value"])
