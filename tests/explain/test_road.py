"""Remove and debias, on pictures whose answer is known."""

import numpy as np
import pytest

from core.explain import road
from core.explain.road import imputed

SIDE = 16


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fills without noise."""
    monkeypatch.setattr(road, "NOISE", 0.0)


@pytest.mark.usefixtures("quiet")
def test_a_slope_is_filled_in_as_it_was() -> None:
    """A plane solves the equations of its inner pixels exactly; what is not hidden stays as it is."""
    y, x = np.mgrid[:SIDE, :SIDE]
    slope = np.stack([5 * x + 3 * y, 200 - 4 * x, 8 * y], -1).astype(np.uint8)
    hidden = np.zeros((SIDE, SIDE), bool)
    hidden[4:9, 5:12] = True
    spoilt = slope.copy()
    spoilt[hidden] = 255
    assert np.array_equal(imputed(spoilt, hidden, np.random.default_rng(0)), slope)


@pytest.mark.usefixtures("quiet")
def test_one_pixel_is_the_weighted_mean_of_its_neighbours_at_the_border_too() -> None:
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[4, 5], picture[3, 3], picture[1, 0] = 120, 240, 100
    hidden = np.zeros((SIDE, SIDE), bool)
    hidden[4, 4] = hidden[0, 0] = True
    filled = imputed(picture, hidden, np.random.default_rng(0))
    assert filled[4, 4].tolist() == [120 / 6 + 240 / 12] * 3
    assert filled[0, 0].tolist() == [round(100 / 6 / (1 / 6 + 1 / 6 + 1 / 12))] * 3


def test_noise_is_as_strong_as_the_paper_says() -> None:
    hidden = np.zeros((128, 128), bool)
    hidden[1:-1:2, 1:-1:2] = True
    grey = np.full((128, 128, 3), 100, np.uint8)
    filled = imputed(grey, hidden, np.random.default_rng(0))[hidden].astype(float)
    assert filled.mean() == pytest.approx(100, abs=0.1) and filled.std() == pytest.approx(2.55, rel=0.05)


def test_the_right_map_gains_the_wrong_one_loses_and_a_blind_score_gives_nothing() -> None:
    rng = np.random.default_rng(1)
    crops = rng.integers(90, 110, (4, SIDE, SIDE, 3), np.uint8)
    crops[:, 2:5, 2:5] = 250  # nine pixels: the hottest tenth holds them
    heat = np.zeros((4, SIDE, SIDE), np.float32)
    heat[:, 2:5, 2:5] = 1
    heat += rng.random(heat.shape, np.float32) / 10

    def brightest(pictures: np.ndarray) -> np.ndarray:
        return pictures[:, 2:5, 2:5].mean((1, 2, 3)).astype(np.float32)

    right = road.road(brightest, crops, heat)
    assert (right > 50).all() and (right <= (250 - 100) / 2 + 2).all()
    assert np.allclose(road.road(brightest, crops, -heat), -right, atol=3)
    assert np.allclose(road.road(lambda pictures: np.zeros(len(pictures), np.float32), crops, heat), 0)
