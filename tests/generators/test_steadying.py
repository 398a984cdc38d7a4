"""What steadies training: augmentation, averaging, schedules, spectral normalisation."""

import pytest
import torch
from torch import nn

from core.generators.augment import STEPS, augmented, colour, cutout, translation
from core.generators.averaging import Average
from core.generators.networks import with_spectral_norm
from core.generators.schedules import factor


@pytest.mark.parametrize("step", STEPS)
def test_augmentation_alters_pictures_each_on_its_own_and_lets_gradients_through(step: str) -> None:
    torch.manual_seed(0)
    same = torch.rand(1, 3, 16, 16).expand(6, 3, 16, 16).clone().requires_grad_()
    altered = augmented(same, (step,))
    assert altered.shape == same.shape
    assert len({tuple(picture.flatten()[:400].tolist()) for picture in altered}) > 3
    altered.sum().backward()
    assert same.grad.abs().sum() > 0


def test_no_steps_alter_nothing() -> None:
    pictures = torch.randn(2, 3, 8, 8)
    assert augmented(pictures, ()) is pictures


def test_translation_moves_a_dot_by_an_eighth_at_most_and_keeps_it_whole() -> None:
    torch.manual_seed(0)
    dots = torch.zeros(300, 1, 16, 16)
    dots[:, 0, 8, 8] = 1
    rows, columns = torch.nonzero(translation(dots)[:, 0])[:, 1:].unbind(1)
    assert set(rows.tolist()) == set(columns.tolist()) == {6, 7, 8, 9, 10}
    assert len(rows) == 300


def test_cutout_takes_at_most_a_quarter_and_elsewhere_changes_nothing() -> None:
    torch.manual_seed(0)
    left = cutout(torch.ones(500, 2, 16, 16))
    gone = (left == 0).float().mean((1, 2, 3))
    assert set(left.unique().tolist()) == {0, 1}
    assert gone.max() == 0.25
    assert torch.equal(left[:, 0], left[:, 1])


def test_colour_keeps_what_it_should_and_stays_within_its_bounds() -> None:
    torch.manual_seed(0)
    flat = torch.tensor([0.3, -0.1, 0.1]).view(1, 3, 1, 1).expand(2000, 3, 4, 4)
    shifted = colour(flat)
    means = shifted.mean((1, 2, 3))
    assert means.min() > 0.1 - 0.5 and means.max() < 0.1 + 0.5  # contrast turns about the picture's own mean
    assert means.mean().item() == pytest.approx(0.1, abs=0.03)
    spread = (shifted[:, 0] - shifted[:, 1]).mean((1, 2))  # 0.4 × saturation (0…2) × contrast (0.5…1.5)
    assert spread.min() >= 0 and spread.max() < 0.4 * 2 * 1.5
    assert spread.mean().item() == pytest.approx(0.4, abs=0.03)


def test_an_average_follows_fast_then_slowly() -> None:
    network = nn.Linear(1, 1)
    network.weight.data.fill_(0.0)
    average = Average(network, 0.99)
    network.weight.data.fill_(1.0)
    average.update(network, 1)
    assert average.network.weight.item() == 1.0
    network.weight.data.fill_(0.0)
    average.update(network, 11)  # (11 − 1) / (11 − 1 + 10)
    assert average.network.weight.item() == pytest.approx(0.5)
    average.update(network, 100_000)
    assert average.network.weight.item() == pytest.approx(0.5 * 0.99)


def test_without_a_decay_the_average_is_the_network() -> None:
    network = nn.BatchNorm2d(2)
    average = Average(network, 0.0)
    network(torch.randn(8, 2, 3, 3))
    average.update(network, 500)
    for name, value in network.state_dict().items():
        assert torch.equal(average.network.state_dict()[name], value)


@pytest.mark.parametrize(
    ("schedule", "done", "expected"),
    [
        ("constant", 0.9, 1.0),
        ("linear", 0.25, 0.75),
        ("cosine", 0.5, 0.5),
        ("cosine", 1.0, 0.0),
        ("second_half", 0.4, 1.0),
        ("second_half", 0.75, 0.5),
    ],
)
def test_schedules(schedule: str, done: float, expected: float) -> None:
    assert factor(schedule, done) == pytest.approx(expected, abs=1e-12)


def test_a_rate_rises_before_its_schedule_begins() -> None:
    assert factor("linear", 0.05, warmup=0.1) == pytest.approx(0.5)
    assert factor("linear", 0.1, warmup=0.1) == pytest.approx(1.0)
    assert factor("linear", 0.55, warmup=0.1) == pytest.approx(0.5)


def test_spectral_normalisation_makes_the_largest_singular_value_one() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.Flatten(), nn.Linear(6 * 4, 5))
    with_spectral_norm(network)
    for _ in range(60):  # each forward pass is a step of the power iteration
        network(torch.randn(2, 3, 4, 4))
    for layer in (network[0], network[2]):
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=1e-3)


def test_spectral_normalisation_is_not_applied_twice() -> None:
    network = with_spectral_norm(with_spectral_norm(nn.Sequential(nn.Linear(3, 3))))
    assert len(network[0].parametrizations.weight) == 1
