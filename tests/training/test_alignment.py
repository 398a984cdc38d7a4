"""Forged clips are cut where their originals were, so that the pair differs by the manipulation alone."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.training.data import aligned
from core.training.face_sets import FaceSet
from core.training.fakes import blended, hull_mask
from pipelines.face_cutting import cut_clips, face_set
from pipelines.media.faces import FaceFinder
from tests.media.conftest import Picture, write_clip

GENUINE, FORGED, LATER = "genuine.mp4", "forged.mp4", "later.mp4"
FRAMES, RATE = 6, 5


@pytest.fixture(scope="module")
def footage(samples: Path, face_finder: FaceFinder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genuine clip, one whose faces are softened and recoloured, and a genuine one of another moment."""
    folder = tmp_path_factory.mktemp("footage")
    with av.open(str(samples / "portrait_genuine.mp4")) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)][:: 25 // RATE]
    write_clip(folder / GENUINE, pictures, RATE)
    write_clip(folder / FORGED, [forged(picture, face_finder) for picture in pictures], RATE)
    write_clip(folder / LATER, pictures[4:] + pictures[:4], RATE)
    return folder


def forged(picture: Picture, finder: FaceFinder) -> Picture:
    """The picture with another skin inside the hull of its face."""
    mask = hull_mask(finder.find(picture)[0].landmarks, "face", picture.shape[:2], np.random.default_rng(0))
    other = cv2.GaussianBlur(picture, (0, 0), 2) * np.array([1, 0.85, 0.7])
    return blended(other.astype(np.uint8), picture, cv2.GaussianBlur(mask, (0, 0), 3))


def cut(footage: Path, finder: FaceFinder, *clips: tuple[str, str, str]) -> FaceSet:
    rows = [
        {"file": name, "label": label, "method": label, "dataset": "samples", "split": "train", "group": group}
        for name, label, group in clips
    ]
    return face_set(cut_clips(rows, footage, finder, FRAMES))


def test_a_forged_clip_lies_on_its_original_outside_the_face(footage: Path, face_finder: FaceFinder) -> None:
    faces = cut(footage, face_finder, (FORGED, "fake", "a"), (LATER, "real", "a"), (GENUINE, "real", "a"))
    pairs = faces.rows.groupby("pair")
    together = [part for _, part in pairs if len(part) > 1]
    assert len(together) >= FRAMES
    for part in together:
        real, fake = (faces.images[part.index[part["label"] == label][0]].astype(int) for label in ("real", "fake"))
        assert part["file"].tolist() == [GENUINE, FORGED]
        assert np.abs(real - fake)[:, :10].mean() < 2  # an edge of the crop: there nothing was manipulated
        assert np.abs(real - fake)[80:150, 80:150].mean() > 4


def test_pairs_of_clips_can_be_learned_from(footage: Path, face_finder: FaceFinder) -> None:
    faces = cut(footage, face_finder, (GENUINE, "real", "a"), (FORGED, "fake", "a"))
    pair = aligned(faces)(np.random.default_rng(1))
    assert pair.mask is not None
    assert pair.mask[80:150, 80:150].mean() > 0.3 > pair.mask[:, :10].mean()


@pytest.mark.parametrize("original", [(LATER, "real", "a"), (GENUINE, "real", "b")], ids=["moment", "group"])
def test_a_fake_without_its_original_stays_alone(
    footage: Path, face_finder: FaceFinder, original: tuple[str, str, str]
) -> None:
    faces = cut(footage, face_finder, original, (FORGED, "fake", "a"))
    assert set(faces.rows["pair"][faces.rows["label"] == "fake"]) == {""}
