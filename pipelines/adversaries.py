"""From a run of a generator to a detector's folder: its discriminator, or its f-AnoGAN, with a card.

Calibration and thresholds come from people whom the run never saw and from as many samples of its own, all as 8-bit
pictures of the size that it learned. They hold for such pictures and for no others; of clips the card claims nothing.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.detectors import registry
from core.detectors.adversaries import Discriminator, Reconstruction
from core.detectors.card import Card, CropSpec, Network, QualityGate
from core.detectors.export import export
from core.generators import shelf
from core.generators.anogan import FAnoGAN
from core.generators.gan import GAN
from core.generators.journal import to_levels
from core.generators.pictures import read_held_out
from core.generators.recipe import Recipe
from core.judgement.calibration import scale
from core.version import revision
from pipelines.media.crops import CROP_VERSION
from pipelines.release import FALSE_ALARM_RATE, NO_CLAIM, write

MARGIN = 0.22  # about the mesh: so much is seen of CelebA's faces at 148 of 178 px (median of 198)
SAMPLES_SEED = 2  # training looks at those of 0 and 1
QUALITY = QualityGate(
    min_face_px=24, min_sharpness=0.0, min_brightness=0.08, min_contrast=0.04, max_yaw=65, min_frames=4
)
LIMITS = {
    "discriminator": (
        "It knows the fakes that its own generator made while both learned. Nothing says that it knows any others.",
        "It answers for pictures of the set, size and framing that it learned from; elsewhere its scores shift.",
        "It was never asked to be a detector: it is here to be compared with those that were.",
    ),
    "f-anogan": (
        "It saw genuine faces only. What its generator can't make is suspicious to it: glasses, hands, odd light.",
        "A generator that fails on many genuine faces makes a detector that suspects them.",
    ),
}
LICENCE = "That of the faces it learned from; CelebA: research, non-commercial."


def draft(run: Path, kind: Network, folder: Path, version: str) -> Card:
    """Writes weights, graph and a card that claims nothing yet; WeightsRefused, ValueError where the run can't."""
    gan = shelf.load(run)
    if not isinstance(gan, GAN):
        raise ValueError(f"{run} is a {gan.recipe.model}; only a GAN has parts that detect.")
    network = Discriminator(gan) if kind == "discriminator" else Reconstruction(FAnoGAN(gan).load(run))
    folder.mkdir(parents=True, exist_ok=True)
    sha256, graph_sha256 = export(network, gan.recipe.size, folder)
    card = Card(
        network=kind,
        name=f"{gan.recipe.name} {kind}",
        version=version,
        sha256=sha256,
        graph_sha256=graph_sha256,
        architecture=gan.recipe.model,
        experts=(kind,),
        crop=CropSpec(version=CROP_VERSION, size=gan.recipe.size, margin=MARGIN),
        scales={"video": NO_CLAIM, "image": NO_CLAIM},
        quality=QUALITY,
        training={"recipe": gan.recipe.model_dump(mode="json"), "steps": gan.steps, "revision": revision()},
        figures={},
        limits=LIMITS[kind],
        licence=LICENCE,
    )
    write(card, folder)
    return card


def calibrated(card: Card, run: Path, folder: Path, data: Path) -> Card:
    """The card with a scale for stills, from people held out of the run and from its own samples."""
    recipe = Recipe.model_validate(card.training["recipe"])
    genuine = np.ascontiguousarray(read_held_out(data, recipe).pictures.transpose(0, 2, 3, 1))
    made = to_levels(shelf.load(run).sample(len(genuine), SAMPLES_SEED))
    detector = registry.load(folder)
    both = ((genuine, "real"), (made, "fake"))
    scored = pd.concat(_scored(detector.score(as_colour(pictures), "image"), label) for pictures, label in both)
    read_so = scale(scored, FALSE_ALARM_RATE)
    return card.model_copy(update={"scales": {"video": NO_CLAIM, "image": read_so}})


def as_colour(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures [n, size, size, 1 or 3] as detectors take them."""
    return np.ascontiguousarray(np.broadcast_to(pictures, (*pictures.shape[:3], 3)))


def _scored(raws: Iterable[float], label: str) -> pd.DataFrame:
    """The columns that calibration asks for."""
    return pd.DataFrame({"raw": raws}).assign(label=label, method="own", dataset="own", worn=False)
