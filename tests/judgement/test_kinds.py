"""Naming kinds: the trace and not the source's look, confidences that are right as often as they say."""

import numpy as np
import pytest

from core.judgement.kinds import RIGHT, fit, least, named, temperature

RNG = np.random.default_rng(7)


def test_a_kind_is_learned_from_its_trace_and_not_from_its_source() -> None:
    """Feature 0 is the trace; feature 1 tells the two sources apart, and stands for nothing."""
    features = RNG.normal(0, 1, (400, 2))
    fake = np.arange(400) % 2 == 1
    features[fake, 0] += 3
    features[:, 1] += 10
    weights, offset = fit(features, fake)
    assert abs(weights[1]) < 0.1 * weights[0]
    assert ((features @ weights + offset > 0) == fake).mean() > 0.9


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
