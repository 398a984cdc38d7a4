"""Each loss and penalty at points where its value can be worked out by hand."""

import math

import pytest
import torch
from torch import nn

from core.generators import losses
from core.generators.penalties import Views, gradient_penalty, zero_centred
from core.generators.wgan_gp import clip_weights

REAL, FAKE = torch.tensor([0.0, math.log(3.0)]), torch.tensor([math.log(3.0), 0.0])
LOG2, LOG43 = math.log(2), math.log(4 / 3)  # −log σ(0), −log σ(log 3)
# By hand, from σ(0) = ½, σ(log 3) = ¾, and for the relativistic loss from differences of ± log 3.
DISCRIMINATORS = {
    "bce": (LOG2 + LOG43) / 2 + (math.log(4) + LOG2) / 2,
    "relativistic": (math.log(4) + LOG43) / 2,
    "wasserstein": 0.0,
}
GENERATORS = {"bce": (LOG43 + LOG2) / 2, "relativistic": (LOG43 + math.log(4)) / 2, "wasserstein": -math.log(3) / 2}


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_losses_by_hand(name: str) -> None:
    loss = losses.named(name)
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(DISCRIMINATORS[name], abs=1e-6)
    assert loss.generator(REAL, FAKE).item() == pytest.approx(GENERATORS[name], abs=1e-6)


def test_a_critic_minimises_fake_minus_real() -> None:
    loss = losses.named("wasserstein")
    assert loss.discriminator(torch.tensor([5.0, 3.0]), torch.tensor([1.0])).item() == 1 - 4
    assert loss.generator(torch.tensor([5.0]), torch.tensor([1.0, 2.0])).item() == -1.5


def test_the_relativistic_loss_sees_which_real_stands_beside_which_fake() -> None:
    loss = losses.named("relativistic")
    real, fake = torch.tensor([math.log(3.0), 0.0]), torch.zeros(2)
    assert loss.discriminator(real, fake).item() == pytest.approx((LOG43 + LOG2) / 2)
    assert loss.generator(real, fake).item() == pytest.approx((math.log(4) + LOG2) / 2)


@pytest.mark.parametrize(
    ("real", "fake", "discriminator", "generator"),
    [(1.0, -1.0, 0.0, 1.0), (0.0, 0.0, 2.0, 0.0), (3.0, -2.0, 0.0, 2.0), (-1.0, 1.0, 4.0, -1.0), (0.5, -1, 0.5, 1)],
)
def test_hinge_at_known_points(real: float, fake: float, discriminator: float, generator: float) -> None:
    outputs = torch.tensor([real]), torch.tensor([float(fake)])
    assert losses.named("hinge").discriminator(*outputs).item() == discriminator
    assert losses.named("hinge").generator(*outputs).item() == generator


def test_least_squares_by_hand() -> None:
    loss = losses.named("least_squares")
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])
    assert loss.discriminator(real, fake).item() == pytest.approx((4 / 2 + 4 / 2) / 2)
    assert loss.generator(real, fake).item() == pytest.approx((1 + 1) / 2 / 2)


def test_bce_is_torchs_own_and_smoothing_is_one_sided() -> None:
    real, fake = torch.randn(64), torch.randn(64)
    bce = nn.BCEWithLogitsLoss()
    smoothed = losses.named("bce", label_smoothing=0.1)
    expected = bce(real, torch.full((64,), 0.9)) + bce(fake, torch.zeros(64))
    assert smoothed.discriminator(real, fake).item() == pytest.approx(expected.item(), rel=1e-5)
    assert smoothed.generator(real, fake).item() == pytest.approx(bce(fake, torch.ones(64)).item(), rel=1e-5)


def test_smoothed_least_squares_aims_the_discriminator_lower_and_the_generator_not() -> None:
    smoothed = losses.named("least_squares", label_smoothing=0.2)
    assert smoothed.discriminator(torch.tensor([0.8]), torch.zeros(1)).item() == pytest.approx(0, abs=1e-12)
    assert smoothed.generator(torch.zeros(1), torch.ones(1)).item() == 0


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no loss 'bec'"):
        losses.named("bec")
    with pytest.raises(ValueError, match="no labels to smooth"):
        losses.named("hinge", 0.1)


def slope(*weights: float) -> nn.Conv2d:
    """A linear discriminator of pictures of 1 channel and 2 × 2 pixels with this gradient."""
    layer = nn.Conv2d(1, 1, 2)
    layer.weight.data = torch.tensor(weights).view(1, 1, 2, 2)
    return layer


def test_the_gradient_penalty_of_a_linear_critic_depends_on_its_slope_alone() -> None:
    critic = slope(3.0, 0.0, 4.0, 0.0)
    real, fake = (torch.randn(8, 1, 2, 2),), (torch.randn(8, 1, 2, 2),)
    penalty = gradient_penalty(lambda views: critic(views[0]).flatten(), real, fake)
    assert penalty.item() == pytest.approx((5 - 1) ** 2, rel=1e-5)


def test_the_gradient_penalty_is_taken_between_real_and_fake() -> None:
    """½‖x‖² has the gradient x; between two pictures of 1s and of 3s, (‖x‖ − 1)² lies between that of the ends."""
    torch.manual_seed(0)
    real, fake = (torch.full((4000, 1, 1, 1), 1.0),), (torch.full((4000, 1, 1, 1), 3.0),)
    penalty = gradient_penalty(lambda views: views[0].square().flatten(1).sum(1) / 2, real, fake)
    assert penalty.item() == pytest.approx(4 / 3, rel=0.05)  # E u² for u uniform in 0…2


def test_r1_of_a_linear_discriminator_is_half_its_squared_slope() -> None:
    critic = slope(1.0, 2.0, 2.0, 0.0)
    penalty = zero_centred(lambda views: critic(views[0]).flatten(), (torch.randn(5, 1, 2, 2),))
    assert penalty.item() == pytest.approx(9 / 2)
    penalty.backward()
    assert torch.allclose(critic.weight.grad, critic.weight)  # the gradient of ½‖w‖²


def test_the_gradients_of_all_sizes_count() -> None:
    def score(views: Views) -> torch.Tensor:
        return 3 * views[0].flatten(1).sum(1) + 4 * views[1].flatten(1).sum(1)

    views = (torch.randn(2, 1, 1, 1), torch.randn(2, 1, 1, 1))
    assert zero_centred(score, views).item() == pytest.approx(25 / 2)


def test_a_critic_finds_the_wasserstein_distance_of_two_gaussians() -> None:
    """In one dimension the distance of N(0, 1) and N(2, 1) is 2, and f(x) = −x attains it.

    A penalty of weight λ = 10 lets the slope exceed 1 by distance / 2λ, so 2.2 is found. The critic starts nearly
    flat: which way it turns is the loss's doing.
    """
    torch.manual_seed(1)
    critic = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
    critic[2].weight.data.mul_(0.01)
    optimizer = torch.optim.Adam(critic.parameters(), 5e-3, betas=(0.0, 0.9))
    loss = losses.named("wasserstein")

    def score(views: Views) -> torch.Tensor:
        return critic(views[0].flatten(1)).flatten()

    for _ in range(250):
        real, fake = torch.randn(256, 1, 1, 1), 2 + torch.randn(256, 1, 1, 1)
        outputs = score((real,)), score((fake,))
        whole = loss.discriminator(*outputs) + 10 * gradient_penalty(score, (real,), (fake,))
        optimizer.zero_grad()
        whole.backward()
        optimizer.step()
    with torch.no_grad():
        real, fake = torch.randn(20000, 1, 1, 1), 2 + torch.randn(20000, 1, 1, 1)
        estimate = -loss.discriminator(score((real,)), score((fake,)))
    assert estimate.item() == pytest.approx(2.2, abs=0.12)


def test_clipping_bounds_every_weight_and_leaves_small_ones() -> None:
    critic = nn.Linear(2, 1)
    critic.weight.data = torch.tensor([[0.005, -3.0]])
    clip_weights(critic, 0.01)
    assert critic.weight.tolist()[0] == pytest.approx([0.005, -0.01])
    assert critic.bias.abs().item() <= 0.01
