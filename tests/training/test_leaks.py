"""What else tells real from fake once both have gone the way of a training batch? Nothing but the manipulation may."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.training.data import Draw, PairStream, lip_synced, reconstructed, self_blended, swapped
from core.training.face_sets import FaceSet
from tests.training.conftest import pixelated, portrait_set

PAIRS, BATCH, SIDE = 192, 16, 96
GLOBAL, OUTSIDE = 0.03, 0.53
STATISTICS = ("brightness", "contrast", "red", "green", "blue", "detail", "coarse detail")


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    """Eight people in one clip each, as far as one portrait can play them."""
    one = portrait_set(16)
    return FaceSet(one.images, one.landmarks, one.rows.assign(file="clip", split="train"))


def finished(faces: FaceSet, draw: Draw) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Reals, fakes and masks [side, side], as the network gets them."""
    stream = PairStream({"source": draw}, {"source": BATCH}, lambda _: SIDE, 1, 0)
    for step in range(PAIRS // BATCH):
        batch = stream.batch(step)
        crops = batch.crops.permute(0, 2, 3, 1).numpy()
        for real, fake, mask in zip(crops[:BATCH], crops[BATCH:], batch.masks[BATCH:].numpy(), strict=True):
            yield real, fake, cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)


def statistics(image: np.ndarray, seen: np.ndarray) -> list[float]:
    """The `STATISTICS` of the pixels that are `seen`."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    fine = cv2.Laplacian(grey, cv2.CV_64F)[seen].var()
    coarse = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_64F)[seen].var()
    return [grey[seen].mean(), grey[seen].std(), *image[seen].mean(0), np.log(fine + 1e-3), np.log(coarse + 1e-3)]


def repainted(faces: FaceSet) -> Draw:
    """Reconstructions by a decoder that makes its detail of blocks."""
    return reconstructed(faces, [pixelated])


@pytest.mark.parametrize("source", [self_blended, swapped, lip_synced, repainted])
def test_neither_whole_pictures_nor_their_outside_tell(faces: FaceSet, source: type) -> None:
    """Statistics of whole pictures one by one, and all of them together of what lies outside the mask."""
    whole: list[list[float]] = []
    outside: list[list[float]] = []
    everywhere = np.ones((SIDE, SIDE), bool)
    for real, fake, mask in finished(faces, source(faces)):
        untouched = cv2.dilate(mask, np.ones((9, 9))) == 0
        whole += [statistics(real, everywhere), statistics(fake, everywhere)]
        outside += [statistics(real, untouched), statistics(fake, untouched)] if untouched.any() else []
    assert len(outside) > PAIRS // 2  # of reconstructions some are whole pictures

    fakes = np.arange(len(whole)) % 2
    for name, column in zip(STATISTICS, np.array(whole).T, strict=True):
        assert abs(roc_auc_score(fakes, column) - 0.5) <= GLOBAL, name

    fakes, pairs = np.arange(len(outside)) % 2, np.arange(len(outside)) // 2
    model = make_pipeline(StandardScaler(), LogisticRegression())
    told = cross_val_predict(model, outside, fakes, groups=pairs, cv=GroupKFold(5), method="predict_proba")[:, 1]
    assert roc_auc_score(fakes, told) <= OUTSIDE


def test_the_audit_sees_a_leak(faces: FaceSet) -> None:
    """Fakes that are blurred as a whole, one of the holes that others fell into."""
    pairs = list(finished(faces, self_blended(faces)))
    everywhere = np.ones((SIDE, SIDE), bool)
    blurred = [(real, cv2.GaussianBlur(fake, (0, 0), 1.5)) for real, fake, _ in pairs]
    detail = [statistics(picture, everywhere)[STATISTICS.index("detail")] for pair in blurred for picture in pair]
    assert roc_auc_score([0, 1] * len(pairs), detail) < 0.5 - GLOBAL
