"""Figures of quality against Gaussians whose distances are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save, save_file

from core.detectors.networks import timm
from core.errors import WeightsRefused
from core.generators.evaluation import course, quick_look
from core.generators.pictures import PictureSet, as_tensor
from core.generators.quality.distances import (
    Gaussian,
    frechet,
    frechet_to,
    kernel,
    kid,
    mean_of_pairs,
    square_root,
)
from core.generators.quality.features import Extractor, features, inception
from core.generators.quality.figures import Real, quality, real_statistics, resampled
from core.generators.quality.variety import copied, nearest, radii, within
from core.generators.zoo import build
from core.hashing import hashed
from tests.generators.conftest import pictures, tiny


def gaussian(n: int, d: int = 8, mean: float = 0.0, deviation: float = 1.0, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(mean, deviation, (n, d))
    return drawn.astype(np.float32)


def test_the_frechet_distance_of_known_gaussians() -> None:
    """With diagonal covariances it is ‖μ₁ − μ₂‖² + Σ (σ₁ − σ₂)²."""
    one = Gaussian(np.array([0.0, 1.0]), np.diag([4.0, 9.0]))
    other = Gaussian(np.array([3.0, 1.0]), np.diag([1.0, 25.0]))
    assert frechet(one, other) == pytest.approx(9 + 1 + 4)
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet(one, other) == pytest.approx(frechet(other, one))
    assert frechet(one, other, square_root(one.covariance)) == pytest.approx(14)


def test_the_frechet_distance_sees_directions() -> None:
    """Rotated covariances: tr(A + B − 2 (AB)^½), with A and B made of the same two variances."""
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    a, b = np.diag([9.0, 1.0]), turn @ np.diag([9.0, 1.0]) @ turn.T
    product = np.linalg.eigvals(a @ b)
    expected = 20 - 2 * np.sqrt(product.real).sum()
    assert frechet(Gaussian(np.zeros(2), a), Gaussian(np.zeros(2), b)) == pytest.approx(expected)
    assert expected > 1


def test_the_quicker_way_finds_the_same_distance() -> None:
    one = Gaussian.of(gaussian(500, 12, mean=1))
    root = square_root(one.covariance)
    for n in (5, 12, 13, 200):
        few = gaussian(n, 12, deviation=2, seed=n)
        assert frechet_to(few, one, root) == pytest.approx(frechet(one, Gaussian.of(few)), rel=1e-5)


def test_mean_and_covariance_come_from_the_features() -> None:
    found = Gaussian.of(gaussian(50_000, 3, mean=2, deviation=3))
    assert found.mean == pytest.approx([2, 2, 2], abs=0.05)
    assert found.covariance == pytest.approx(np.eye(3) * 9, abs=0.15)


def test_the_kernel_distance_is_unbiased_and_grows_with_the_gap() -> None:
    """Between samples of one Gaussian it is zero on average, also where they are few; FID is not."""
    ones = np.ones((1, 20))
    same = [kid(gaussian(20, seed=i), gaussian(20, seed=1000 + i), ones, ones)[0] for i in range(400)]
    assert np.mean(same) == pytest.approx(0, abs=4 * np.std(same) / 20)
    assert min(same) < 0
    biased = [frechet(Gaussian.of(gaussian(20, seed=i)), Gaussian.of(gaussian(20, seed=1000 + i))) for i in range(20)]
    assert np.mean(biased) > 0.5
    gaps = [kid(gaussian(20), gaussian(20, mean=m, seed=1), ones, ones)[0] for m in (0.5, 1, 2)]
    assert 0 < gaps[0] < gaps[1] < gaps[2]


def test_the_kernel_distance_of_point_masses_by_hand() -> None:
    """All real at 0 and all fake at (1, 1): k is 1, (2/2 + 1)³ = 8, and 1 across."""
    real, fake = np.zeros((3, 2)), np.ones((4, 2))
    assert kid(real, fake, np.ones((1, 3)), np.ones((1, 4)))[0] == pytest.approx(1 + 8 - 2)
    assert kernel(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))[0, 0] == pytest.approx((11 / 2 + 1) ** 3)


def test_pairs_of_a_picture_with_itself_never_count() -> None:
    table = np.array([[100.0, 1.0, 2.0], [1.0, 100.0, 3.0], [2.0, 3.0, 100.0]])
    assert mean_of_pairs(table, np.ones((1, 3)))[0] == pytest.approx(2)
    assert mean_of_pairs(table, np.array([[2.0, 1.0, 0.0]]))[0] == pytest.approx(1)


def test_samples_of_the_same_kind_are_precise_and_cover() -> None:
    real, same = gaussian(600), gaussian(600, seed=1)
    assert within(real, same).mean() > 0.8 and within(same, real).mean() > 0.8
    narrow = gaussian(600, deviation=0.3, seed=2)
    assert within(real, narrow).mean() > 0.95  # faithful …
    assert within(narrow, real).mean() < 0.05  # … and without variety
    assert within(real, gaussian(50, mean=9)).mean() == 0


def test_radii_are_distances_to_the_kth_other_point() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0], [15.0]])
    assert radii(line, 1).tolist() == [1, 1, 2, 4, 8]
    assert radii(line, 3).tolist() == [7, 6, 4, 7, 14]


def test_copies_are_found_and_named() -> None:
    real = gaussian(300)
    samples = np.vstack([real[7] + 1e-4, gaussian(5, seed=3)])
    found = nearest(samples, real)
    assert found.index[0] == 7
    assert copied(found, real).tolist() == [True] + [False] * 5


def real(n: int = 400) -> Real:
    found = gaussian(n)
    one = Gaussian.of(found)
    return Real("chance", found, one, square_root(one.covariance))


def test_every_figure_has_an_interval_and_its_circumstances() -> None:
    found = quality(gaussian(300, mean=0.5, seed=1), real(), seed=4)
    record = found.record()
    assert (record["samples"], record["real"], record["seed"]) == (300, 400, 4)
    assert record["features"] == "chance"
    assert record["fid"]["value"] == pytest.approx(8 * 0.25, rel=0.3)  # eight dimensions, 0.5 apart
    for name in ("fid", "kid", "precision", "recall", "diversity", "copied"):
        figure = record[name]
        assert figure["low"] <= figure["value"] <= figure["high"], name
    assert record["kid"]["low"] > 0
    assert quality(gaussian(300, mean=0.5, seed=1), real(), seed=4) == found


def test_an_interval_narrows_as_samples_grow() -> None:
    few, many = (quality(gaussian(n, mean=0.5, seed=1), real(), seed=0).precision for n in (50, 800))
    assert many.high - many.low < 0.5 * (few.high - few.low)


def test_resampling_starts_with_the_set_itself() -> None:
    weights = resampled(5, np.random.default_rng(0), draws=3)
    assert weights.shape == (4, 5)
    assert weights[0].tolist() == [1] * 5
    assert weights.sum(1).tolist() == [5] * 4


def face_like(n: int) -> PictureSet:
    levels = ((pictures(tiny(), n).pictures + 1) * 127.5).byte().numpy()
    return PictureSet(levels)


def test_features_of_grey_and_colour_pictures_fit_each_other() -> None:
    grey = torch.rand(2, 1, 32, 32) * 2 - 1
    found = features(grey)
    assert found.shape == (2, 1280)
    assert np.allclose(found, features(grey.expand(2, 3, 32, 32)), atol=1e-4)
    assert not np.allclose(found[0], found[1], atol=1e-2)


def test_statistics_of_a_set_are_computed_once_by_each_extractor(tmp_path: Path) -> None:
    some = face_like(6)
    first = real_statistics(some, tmp_path, pixels("pixels"))
    never = replace(pixels("pixels"), maps=lambda _: pytest.fail("computed again"))
    again = real_statistics(some, tmp_path, never)
    assert np.array_equal(first.features, again.features) and np.array_equal(first.root, again.root)
    assert first.root @ first.root == pytest.approx(first.gaussian.covariance, abs=1e-4)
    changed = PictureSet(some.pictures.copy())
    changed.pictures[0, 0, 0, 0] ^= 255
    for those, extractor in ((changed, never), (some, replace(never, name="others"))):
        with pytest.raises(pytest.fail.Exception, match="computed again"):
            real_statistics(those, tmp_path, extractor)


def pixels(name: str) -> Extractor:
    """Compares pictures by 20 of their own levels."""
    return Extractor(name, 32, torch.nn.Identity(), lambda levels: levels.flatten(1)[:, :20, None, None])


@pytest.fixture(scope="module")
def inception_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inception-v3 of chance, with a head, as timm publishes the real one."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "inception_v3.safetensors"
    save_file(timm.create_model("inception_v3", num_classes=5).state_dict(), path)
    return path


def test_inception_is_read_from_a_file_and_named_in_every_figure(inception_file: Path, tmp_path: Path) -> None:
    see = inception(inception_file)
    some = face_like(12)
    real = real_statistics(some, tmp_path, see)
    assert real.features.shape == (12, 2048)
    network = timm.create_model("inception_v3", num_classes=0).eval()
    network.load_state_dict({k: v for k, v in load_file(inception_file).items() if not k.startswith("fc.")})
    levels = torch.nn.functional.interpolate(
        torch.from_numpy(some.pictures).float(), (299, 299), mode="bilinear", antialias=True
    )
    with torch.no_grad():
        expected = network(levels / 127.5 - 1).numpy()
    assert real.features == pytest.approx(expected, abs=1e-4 * float(expected.max()))
    name = quality(see(as_tensor(some.pictures)), real, 0).features
    assert name.startswith("Inception-v3 (timm, SHA-256 ") and hashed(inception_file)[:12] in name


@pytest.mark.parametrize("content", [None, b"no weights", save({"a": torch.zeros(1)})])
def test_what_is_no_inception_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsRefused, match=r"other.safetensors can't be read as Inception-v3"):
        inception(path)


def test_a_quick_look_tells_distances_and_diversity(fabric: object) -> None:
    some = face_like(8)
    model = build(tiny(), fabric)  # type: ignore[arg-type]
    look = quick_look(some, 8)
    untrained = look(model)
    model.sample = lambda n, seed, truncation=1.0: torch.from_numpy(some.pictures).float() / 127.5 - 1  # type: ignore[method-assign]
    perfect = look(model)
    assert untrained["kid"] > perfect["kid"]
    assert untrained["fid"] > perfect["fid"] == pytest.approx(0, abs=1e-3)
    assert untrained["diversity"] < 0.9
    assert perfect["diversity"] == pytest.approx(1)


def test_the_course_of_a_run_is_told_from_its_first_look_to_its_last() -> None:
    looks = [
        {"step": 71, "kid": 1.509, "fid": 700.0, "diversity": 0.5},
        {"step": 142, "kid": 9.0, "fid": 9.0, "diversity": 0.5},
        {"step": 703, "kid": 0.941, "fid": 702.04, "diversity": 0.8},
    ]
    assert course(looks) == [
        "KID × 1000 fell from 1509.0 (step 71) to 941.0 (step 703).",
        "FID rose from 700.0 (step 71) to 702.0 (step 703).",
    ]
    assert course([{"step": 71, "kid": 1.509}]) == ["KID × 1000 1509.0 (step 71)."]
