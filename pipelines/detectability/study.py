"""The study itself: runs and detectors in, one table of plain figures out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.detectors.registry import Detector
from core.generators.pictures import as_tensor, read
from core.generators.quality.features import Extractor
from core.generators.quality.figures import quality, real_statistics
from core.generators.recipe import Recipe
from core.generators.spectra import fine_share, grid_excess, power, radial
from pipelines.detectability.exhibits import FORMATS, Made, Pictures, made_by, stored, unseen
from pipelines.detectability.witnesses import Place, Told, scores, spectral, told_apart, usual_place
from pipelines.media.faces import FaceFinder

SEED = 3  # of the samples; training looked at those of 0 and 1, calibration at those of 2
GENUINE = "genuine"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Study:
    """Everything that the report tells. `found`: format → detector → generator → how well it is told apart."""

    data: str
    size: int
    genuine: Pictures
    made: list[Made]
    learned_from: int
    quality: dict[str, dict[str, Any]]
    spectra: dict[str, dict[str, Any]]
    found: dict[str, dict[str, dict[str, Told]]]
    detectors: dict[str, str]  # name → kind

    def record(self) -> dict[str, Any]:
        """Plain JSON types, without the pictures."""
        made = [
            {"name": m.name, "model": m.model, "n": len(m.pictures), "shown": m.shown, "minutes": m.minutes,
             "sampling": m.sampling, "held_out": m.held_out} for m in self.made
        ]  # fmt: skip
        return {
            "data": self.data, "size": self.size, "n_genuine": len(self.genuine), "learned_from": self.learned_from,
            "seed": SEED, "generators": made, "quality": self.quality, "spectra": self.spectra, "found": self.found,
            "detectors": self.detectors,
        }  # fmt: skip


def study(
    runs: Sequence[Path], detectors: Mapping[str, Detector], data: Path, recipe: Recipe, n: int, finder: FaceFinder,
    cache: Path, extractor: Extractor, say: Say,
) -> Study:  # fmt: skip
    """Samples every run, and asks every detector about all of them and about as many people whom no run saw.

    `extractor`: what pictures are compared by. `recipe`: how the set is cut, and who is held out; every run must have
    learned at its size.
    """
    say("people whom no run saw")
    genuine = unseen(data, recipe, n)
    made = []
    for run in runs:
        say(f"samples of {run.name}")
        made.append(made_by(run, n, SEED))
    if odd := [m.name for m in made if m.pictures.shape[1] != recipe.size]:
        raise ValueError(f"{odd[0]} makes pictures of another size than {recipe.size} px: compare like with like.")
    say("features of the set that was learned from")
    real = real_statistics(read(data, recipe), cache, extractor)
    place = usual_place(genuine, finder)
    found = {}
    for name, jpeg in FORMATS.items():
        say(f"detectors on {name}")
        kept = {m.name: stored(m.pictures, jpeg) for m in made}
        found[name] = _found(detectors, stored(genuine, jpeg), kept, place)
    say("quality")
    return Study(
        data=data.name, size=recipe.size, genuine=genuine, made=made, learned_from=len(real.features),
        quality={m.name: quality(extractor(_seen(m.pictures)), real, SEED).record() for m in made},
        spectra={name: _spectrum(pictures) for name, pictures in _all(genuine, made)},
        found=found,
        detectors={name: detector.card.network for name, detector in detectors.items()},
    )  # fmt: skip


def _all(genuine: Pictures, made: Sequence[Made]) -> list[tuple[str, Pictures]]:
    return [(GENUINE, genuine), *((m.name, m.pictures) for m in made)]


def _seen(pictures: Pictures) -> torch.Tensor:
    return as_tensor(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


def _spectrum(pictures: Pictures) -> dict[str, Any]:
    powers = power(pictures)
    fine = fine_share(powers)
    return {
        "radial": radial(powers).mean(0).tolist(),
        "fine_share": {"median": float(np.median(fine)), "quartiles": np.quantile(fine, (0.25, 0.75)).tolist()},
        "grid_excess_db": grid_excess(powers),
    }


def _found(
    detectors: Mapping[str, Detector], genuine: Pictures, fakes: Mapping[str, Pictures], place: Place
) -> dict[str, dict[str, Told]]:
    told = {}
    for name, detector in detectors.items():
        of_genuine = scores(detector, genuine, place)
        told[name] = {made: told_apart(of_genuine, scores(detector, fake, place)) for made, fake in fakes.items()}
    return told | {name: of for name, of in spectral(genuine, fakes).items() if of}
