"""What each detector says about the pictures of the study.

A panel sees the face, cut by the desk's own crop about the place where faces are in this set; an adversary sees the
whole picture, for that is what it learned from. Beside them stands the simplest detector that could work: a logistic
regression on the spectrum, taught by half of the pictures and asked about the other half.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.detectors.registry import Detector
from core.errors import MediaRefused
from core.generators.spectra import profile
from core.judgement import metrics
from pipelines.detectability.exhibits import Pictures
from pipelines.media.crops import crop_matrix, cut
from pipelines.media.faces import FaceFinder

ENLARGED = 4  # times: faces of forty pixels are found with more certainty when they are larger
LOOKED_AT = 100  # genuine pictures that the usual place of a face is taken from
SAME, OTHERS = "spectrum, same generator", "spectrum, other generators"

FIGURES: dict[str, Callable[..., metrics.Floats]] = {
    "auc": metrics.auc,
    "tpr_at_fpr05": partial(metrics.tpr_at_fpr, fpr=0.05),
}

Scores = NDArray[np.float64]
Told = dict[str, Any]  # n_real, n_fake, auc and tpr_at_fpr05 with their intervals


@dataclass(frozen=True)
class Place:
    """Where the face is in every picture of an aligned set: the median mesh [468, 2], px."""

    landmarks: NDArray[np.float32]


def usual_place(genuine: Pictures, finder: FaceFinder) -> Place:
    """From genuine pictures; MediaRefused where the finder sees no face in any of them."""
    found = [_mesh(picture, finder) for picture in genuine[:LOOKED_AT]]
    meshes = [mesh for mesh in found if mesh is not None]
    if not meshes:
        raise MediaRefused("no_face", "No face was found in the genuine pictures. Check the set and its crop.")
    return Place(np.median(meshes, axis=0).astype(np.float32))


def scores(detector: Detector, pictures: Pictures, place: Place) -> Scores:
    """Raw scores [n]; higher means more suspicious."""
    return detector.score(_crops(detector, pictures, place), "image").astype(float)


def spectral(genuine: Pictures, fakes: Mapping[str, Pictures]) -> dict[str, dict[str, Told]]:
    """Both uses of the regression on each generator: it knows this one's other half, or knows only the others."""
    real, made = profile(genuine), {name: profile(pictures) for name, pictures in fakes.items()}
    told: dict[str, dict[str, Told]] = {SAME: {}, OTHERS: {}}
    for name, own in made.items():
        told[SAME][name] = _asked(real, [own[::2]], own[1::2])
        others = [one[::2] for other, one in made.items() if other != name]
        if others:
            told[OTHERS][name] = _asked(real, others, own[1::2])
    return told


def told_apart(genuine: Scores, fake: Scores) -> Told:
    """How well scores tell the two apart, with intervals over resampled pictures."""
    label = np.repeat([False, True], [len(genuine), len(fake)])
    score = np.concatenate([genuine, fake])
    resamples = metrics.resampled([str(number) for number in range(len(score))])
    said = {key: metrics.with_interval(partial(figure, label, score), resamples) for key, figure in FIGURES.items()}
    return {"n_real": len(genuine), "n_fake": len(fake), **said}


def _asked(real: Scores, taught: list[Scores], asked: Scores) -> Told:
    """The regression learns from every other genuine profile and from `taught`; the rest it is asked about."""
    learned = np.concatenate([real[::2], *taught])
    label = np.repeat([False, True], [len(real[::2]), sum(map(len, taught))])
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    model.fit(learned, label)
    return told_apart(model.decision_function(real[1::2]), model.decision_function(asked))


def _crops(detector: Detector, pictures: Pictures, place: Place) -> Pictures:
    spec = detector.card.crop
    if detector.card.network != "panel":
        return np.stack([cv2.resize(picture, (spec.size, spec.size)) for picture in pictures])
    matrix = crop_matrix(place.landmarks, pictures.shape[1:], spec)
    return np.stack([cut(picture, matrix, spec.size) for picture in pictures])


def _mesh(picture: Pictures, finder: FaceFinder) -> NDArray[np.float32] | None:
    large = cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    faces = finder.find(np.asarray(large, np.uint8))
    return (faces[0].landmarks / ENLARGED).astype(np.float32) if faces else None
