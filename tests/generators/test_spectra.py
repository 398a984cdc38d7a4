"""Spectra of pictures whose spectrum is known."""

import cv2
import numpy as np
import pytest

from core.generators.spectra import fine_share, grid_excess, power, profile, radial

SIZE = 64
RNG = np.random.default_rng(0)


def waves(across: int, down: int = 0, height: float = 60) -> np.ndarray:
    """One grey picture of plane waves."""
    y, x = np.indices((SIZE, SIZE)) / SIZE
    wave = 128 + height * np.cos(2 * np.pi * (across * x + down * y))
    return np.repeat(wave.round().astype(np.uint8)[None, :, :, None], 3, 3)


def noise(n: int) -> np.ndarray:
    return np.repeat(RNG.integers(64, 192, (n, SIZE, SIZE, 1)), 3, 3).astype(np.uint8)


def with_grid(pictures: np.ndarray, period: int, height: int) -> np.ndarray:
    marked = pictures.astype(int)
    marked[:, ::period, :] += height
    marked[:, :, ::period] += height
    return marked.clip(0, 255).astype(np.uint8)


def test_power_is_the_variance_and_lies_where_the_waves_are() -> None:
    found = power(waves(12, 5))
    assert found.sum() == pytest.approx((60 / 255) ** 2 / 2, rel=0.02)
    y, x = np.unravel_index(found[0].argmax(), (SIZE, SIZE))
    assert {abs(y - SIZE // 2), abs(x - SIZE // 2)} == {12, 5}
    assert radial(found)[0].argmax() == 13  # √(12² + 5²)


def test_white_noise_is_flat_and_brightness_says_nothing() -> None:
    rings = radial(power(noise(50))).mean(0)
    assert rings[3:].max() / rings[3:].min() < 1.5
    plain = np.full((1, SIZE, SIZE, 3), 200, np.uint8)
    assert power(plain).max() == pytest.approx(0, abs=1e-12)
    assert np.isfinite(profile(plain)).all() and profile(plain).shape == (1, SIZE // 2)


def test_blurring_takes_the_fine_detail() -> None:
    sharp = noise(8)
    soft = np.stack([cv2.GaussianBlur(picture, (0, 0), 1.5) for picture in sharp])
    # White noise: what lies beyond half the highest frequency in either direction are three quarters of the square.
    assert np.median(fine_share(power(sharp))) == pytest.approx(0.75, abs=0.05)
    assert np.median(fine_share(power(soft))) < 0.05
    assert fine_share(power(waves(4)))[0] < 0.01 < 0.9 < fine_share(power(waves(24)))[0]


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_grid_stands_out_and_noise_has_none(period: int) -> None:
    pictures = noise(40)
    none = grid_excess(power(pictures))
    assert abs(none) < 1.5
    assert grid_excess(power(with_grid(pictures, period, 20))) > none + 1
    assert abs(grid_excess(power(with_grid(pictures, 7, 20)))) < 2.5  # another period is not a network's grid
