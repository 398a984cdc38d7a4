"""The points of the curves, against scikit-learn's and by hand."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import auc as area
from sklearn.metrics import roc_curve as reference

from core.judgement import curves, metrics


@pytest.fixture
def items() -> tuple[np.ndarray, np.ndarray]:
    """Sixty items of both classes whose scores overlap, many of them tied, none on the edge of a bin."""
    draw = np.random.default_rng(3)
    fake = draw.random(60) < 0.4
    return fake, np.round(np.clip(draw.normal(0.4 + 0.25 * fake, 0.2), 0, 0.99), 2) + 0.003


def test_the_roc_curve_is_the_known_one(items: tuple[np.ndarray, np.ndarray]) -> None:
    fake, score = items
    false_alarms, hits, _ = reference(fake, score, drop_intermediate=False)
    found = curves.roc_curve(fake, score)
    assert found["false_alarms"] == pytest.approx(false_alarms, abs=1e-4)
    assert found["hits"] == pytest.approx(hits, abs=1e-4)


def test_calibration_is_the_known_one(items: tuple[np.ndarray, np.ndarray]) -> None:
    fake, score = items
    share, mean = calibration_curve(fake, score, n_bins=curves.BINS)
    found = curves.calibration(fake, score)
    assert found["n"] == [n for n in np.histogram(score, np.linspace(0, 1, curves.BINS + 1))[0].tolist() if n]
    assert found["score"] == pytest.approx(mean, abs=1e-4)
    assert found["fakes"] == pytest.approx(share, abs=1e-4)


def test_risk_and_coverage_by_hand() -> None:
    fake = np.array([True, False, True, False])
    score = np.array([0.99, 0.125, 0.25, 0.75])  # surest first: right; right; then two equally sure, both wrong
    assert curves.risk_coverage(fake, score) == {"coverage": [0.25, 0.5, 1.0], "risk": [0.0, 0.0, 0.5]}


def test_long_curves_are_thinned_and_keep_their_area() -> None:
    draw = np.random.default_rng(0)
    fake = draw.random(5000) < 0.5
    score = np.clip(draw.normal(0.4 + 0.2 * fake, 0.2), 0, 1)
    found = curves.roc_curve(fake, score)
    assert len(found["hits"]) == len(found["false_alarms"]) == curves.POINTS
    assert (found["hits"][0], found["hits"][-1], found["false_alarms"][-1]) == (0, 1, 1)
    exact = metrics.auc(fake, score, np.ones((len(fake), 1)))[0]
    assert area(found["false_alarms"], found["hits"]) == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize("fake", [[True, True], [False], []])
def test_one_class_has_no_curves(fake: list[bool]) -> None:
    assert curves.curves(np.array(fake, bool), np.full(len(fake), 0.5)) is None
