"""Naming kinds: the trace and not the source's look, confidences that are right as often as they say."""

import numpy as np
import pytest

from core.judgement.kinds import RIGHT, fit, least, named, temperature

RNG = np.random.default_rng(7)


def test_kinds_are_told_apart_by_their_traces() -> None:
    """Features 0 and 1 are the traces of two kinds, 2 tells their sources apart. Both sources have genuine faces."""
    source, fake = np.arange(800) % 2, np.arange(800) % 4 >= 2
    features = RNG.normal(0, 1, (800, 3))
    features[np.arange(800), source] += 4 * fake
    features[:, 2] += 2 * source
    kinds = np.where(fake, source, 2)
    weights, offsets = fit(features, kinds)
    assert weights.shape == (2, 3)
    said = (features @ weights.T + offsets)[fake].argmax(1)
    assert (said == kinds[fake]).mean() > 0.95


def drawn(n: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax at temperature `sharpness` is the truth."""
    logits = RNG.normal(0, 1.5, (n, 3))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    kinds = np.array([RNG.choice(3, p=share) for share in shares])
    return logits * sharpness, kinds


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 4.0])
def test_the_temperature_undoes_overconfidence(sharpness: float) -> None:
    logits, kinds = drawn(4000, sharpness)
    assert temperature(logits, kinds) == pytest.approx(sharpness, rel=0.15)


def test_from_the_least_confidence_on_enough_are_right() -> None:
    logits, kinds = drawn(4000, 1.0)
    enough = least(logits, kinds)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    clear = shares.max(1) >= enough
    assert 0.05 < clear.mean() < 0.9
    assert (logits.argmax(1) == kinds)[clear].mean() == pytest.approx(RIGHT, abs=0.02)


def test_where_kinds_can_not_be_told_none_is_ever_clear() -> None:
    logits, kinds = RNG.normal(0, 1, (50, 2)), np.zeros(50, int)
    kinds[logits.argmax(1) == 0] = 1  # always wrong
    assert least(logits, kinds) > 1
    assert named(("swap", "gan"), np.array([[50.0, -50.0]]), least(logits, kinds))[0] is None


def test_the_faces_of_a_person_speak_together() -> None:
    logits = np.array([[2.0, 0.0], [-1.0, 0.0], [2.0, 0.0]])
    kind, confidence = named(("swap", "gan"), logits, 0.7)
    assert kind == "swap"
    assert confidence == pytest.approx(1 / (1 + np.exp(-1)))
    assert named(("swap", "gan"), logits, 0.75)[0] is None
    assert named(("swap",), logits[:, :1], 0.5)[0] is None  # nothing to choose from
