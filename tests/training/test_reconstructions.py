"""Autoencoders learn faces, and what they give back differs from the original in how its detail was made alone."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.training import autoencoders
from core.training.autoencoders import HALVINGS, Autoencoder, bank, learn, save
from core.training.data import reconstructed
from core.training.face_sets import FaceSet
from core.training.fakes import Image
from core.training.reconstructions import equally_sharp, in_light_of, reconstruction
from core.training.sources import sources
from tests.training.conftest import pixelated, portrait_set


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    one = portrait_set(6)
    return FaceSet(one.images, one.landmarks, one.rows.assign(split="train"))


def detail(image: Image) -> float:
    """What is left of the detail in a picture that was made a little smaller."""
    small = cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std())


def softened(image: Image) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 2)


@pytest.mark.parametrize("way", HALVINGS)
def test_it_gives_back_what_it_is_given(faces: FaceSet, way: str, tmp_path: Path) -> None:
    """More of it after some steps than before them; and the code is as small as it is said to be."""
    torch.manual_seed(1)
    model = Autoencoder(way)
    losses = list(learn(model, faces, 40, seed=1))
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])
    with torch.no_grad():
        code = model.encoder(torch.zeros(1, 3, 64, 48))
        assert code.shape[2:] == (64 >> HALVINGS[way], 48 >> HALVINGS[way])
        assert model.decoder(code).shape == (1, 3, 64, 48)


def test_the_same_seed_learns_the_same(faces: FaceSet) -> None:
    def run() -> list[float]:
        torch.manual_seed(3)
        return list(learn(Autoencoder("nearest"), faces, 3, seed=3))

    assert run() == run()


def test_the_distance_sees_lost_detail() -> None:
    """A board of single pixels and its mean are as far apart in detail as in level; two levels are not."""
    board = torch.arange(36.0).reshape(1, 1, 6, 6) % 7 % 2
    grey = torch.full_like(board, 0.5)
    assert autoencoders.distance(grey, grey + 0.25) == pytest.approx(0.25)
    assert autoencoders.distance(board, grey) > (board - grey).abs().mean() * 1.5


def test_the_bank_holds_what_was_saved(faces: FaceSet, tmp_path: Path) -> None:
    models = {way: Autoencoder(way) for way in HALVINGS}
    for way, model in models.items():
        save(model, tmp_path, way)
    image = np.asarray(faces.images[0])
    for repaint, model in zip(bank(tmp_path), models.values(), strict=True):
        with torch.no_grad():
            whole = model.eval()(torch.from_numpy(image)[None].permute(0, 3, 1, 2) / 255)
        expected = (whole[0].permute(1, 2, 0).clamp(0, 1) * 255).round().numpy()
        assert np.abs(repaint(image).astype(float) - expected).max() <= 1


def test_a_missing_autoencoder_says_how_to_get_it(faces: FaceSet, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"scripts\.train_autoencoders"):
        sources({"portrait": faces}, ["reconstructed"], tmp_path)


def test_light_and_colours_stay(faces: FaceSet) -> None:
    image = np.asarray(faces.images[0])
    faded = (pixelated(image) * 0.6 + 40).astype(np.uint8)
    relit = in_light_of(image, faded)
    assert np.abs(softened(relit).astype(int) - softened(image)).mean() < 2
    assert np.abs(relit.astype(int) - image).mean() > 3


def test_both_are_equally_sharp(faces: FaceSet) -> None:
    """Whichever of them comes first; and the blurred one is nearly the copy, which was blurred as well."""
    image = np.asarray(faces.images[0])
    copy = softened(image)
    for one, other in (equally_sharp(image, copy), equally_sharp(copy, image)):
        assert detail(one) == pytest.approx(detail(other), rel=0.05)
        assert detail(one) < 0.5 * detail(image)
        assert np.abs(one.astype(int) - other).max() < 12


def test_only_the_mask_is_painted(faces: FaceSet) -> None:
    image, landmarks = np.asarray(faces.images[0]), np.asarray(faces.landmarks[0])
    whole, alone = 0, 0
    rng = np.random.default_rng(5)
    for _ in range(30):
        pair = reconstruction(image, landmarks, pixelated, rng)
        assert pair.mask is not None
        assert np.array_equal(pair.real[pair.mask == 0], pair.fake[pair.mask == 0])
        assert not np.array_equal(pair.real, pair.fake)
        whole += bool(pair.mask.min() == 1)
        alone += bool(pair.mask.mean() < 0.9)
    assert whole > 5
    assert alone > 10


def test_each_of_the_bank_is_drawn(faces: FaceSet) -> None:
    seen = set()

    def noting(name: str) -> Callable[[Image], Image]:
        return lambda image: (seen.add(name), pixelated(image))[1]

    draw = reconstructed(faces, [noting("a"), noting("b")])
    for number in range(12):
        draw(np.random.default_rng(number))
    assert seen == {"a", "b"}
