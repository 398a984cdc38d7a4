"""The forward process against the paper's own formula, and the way back with a network that knows the noise."""

import pytest
import torch
from torch import Tensor, nn

from core.devices import Fabric
from core.generators.diffusion import Denoiser, Diffusion, ddim, denoised, forward_process, weights
from core.generators.recipe import Diffusion as Plan
from core.generators.zoo import build
from tests.generators.conftest import pictures, tiny

PLAN = Plan()
LEFT = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)  # ᾱ of Ho et al. 2020


@pytest.mark.parametrize("time", [0, 250, 999])
def test_mean_and_variance_of_the_forward_process(time: int) -> None:
    torch.manual_seed(0)
    white = torch.ones(4, 3, 128, 128)
    times = torch.full((4,), time)
    noisy = forward_process(PLAN).add_noise(white, torch.randn_like(white), times)
    assert noisy.mean().item() == pytest.approx(LEFT[time].sqrt().item(), abs=0.01)
    assert noisy.var().item() == pytest.approx(1 - LEFT[time].item(), rel=0.02)


class Knowing(nn.Module):
    """Knows the one picture there is, and so the noise, or the velocity, in everything."""

    def __init__(self, picture: Tensor, predicts: str = "epsilon") -> None:
        super().__init__()
        self.picture, self.predicts = picture, predicts

    def forward(self, noisy: Tensor, times: Tensor) -> Tensor:
        left = LEFT[times].view(-1, 1, 1, 1).float()
        noise = (noisy - left.sqrt() * self.picture) / (1 - left).sqrt()
        velocity = left.sqrt() * noise - (1 - left).sqrt() * self.picture
        return noise if self.predicts == "epsilon" else velocity


PREDICTS = pytest.mark.parametrize("predicts", ["epsilon", "v_prediction"])


@PREDICTS
@pytest.mark.parametrize("steps", [1, 10, 50])
def test_ddim_finds_the_picture_when_the_noise_is_told_right(steps: int, predicts: str) -> None:
    picture = pictures(tiny("ddpm"), 2).pictures
    scheduler = ddim(Plan.model_validate({"predicts": predicts}), steps)
    found = denoised(Knowing(picture, predicts), torch.randn_like(picture), scheduler)
    assert torch.allclose(found, picture, atol=1e-3)


def test_sampling_starts_where_only_noise_is_left() -> None:
    assert ddim(PLAN, 50).timesteps[0] == 999
    assert len(ddim(PLAN, 50).timesteps) == 50


def test_the_loss_of_a_network_that_says_nothing_is_the_noises_variance(fabric: Fabric) -> None:
    torch.manual_seed(0)
    recipe = tiny("ddpm")
    model = build(recipe, fabric)
    assert isinstance(model, Diffusion)
    model.denoiser = lambda noisy, times: torch.zeros_like(noisy)
    assert model.losses(pictures(recipe, 16))["denoiser"].item() == pytest.approx(1, rel=0.03)


@PREDICTS
@pytest.mark.parametrize("min_snr", [0.0, 5.0])
def test_the_loss_of_a_network_that_knows_is_nothing(fabric: Fabric, predicts: str, min_snr: float) -> None:
    recipe = tiny("ddpm", diffusion={"predicts": predicts, "min_snr": min_snr})
    model = build(recipe, fabric)
    assert isinstance(model, Diffusion)
    model.denoiser = Knowing(pictures(recipe, 16).pictures, predicts)
    assert model.losses(pictures(recipe, 16))["denoiser"].item() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("left", [0.02, 0.5, 0.999])
def test_an_error_of_the_picture_weighs_as_much_whatever_is_told(left: float) -> None:
    """Of noise √(1 − ᾱ) ε = x − √ᾱ x₀ an error counts ᾱ / (1 − ᾱ) times one of x₀; of velocity 1 / (1 − ᾱ) times."""
    ratio = left / (1 - left)
    plans = {name: Plan.model_validate({"predicts": name, "min_snr": 5.0}) for name in ("epsilon", "v_prediction")}
    found = {name: weights(plan, torch.tensor([left])).item() for name, plan in plans.items()}
    assert found["epsilon"] * ratio == pytest.approx(min(ratio, 5.0), rel=1e-4)
    assert found["v_prediction"] / (1 - left) == pytest.approx(min(ratio, 5.0), rel=1e-4)
    assert weights(PLAN, torch.tensor([left])).item() == 1


def test_a_patched_network_sees_each_square_as_one_place() -> None:
    torch.manual_seed(0)
    network = Denoiser(tiny("ddpm", size=64, diffusion={"patch": 2, "widest": 2, "attention_at": 8})).eval()
    assert network.net.conv_in.in_channels == network.net.conv_out.out_channels == 12
    assert network.net.config.sample_size == 32
    assert max(network.net.config.block_out_channels) == 16
    noisy = torch.randn(1, 3, 64, 64)
    seen: list[Tensor] = []
    network.net.conv_in.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        assert network(noisy, torch.tensor([5])).shape == noisy.shape
    assert torch.equal(seen[0][0, :4, 3, 7], noisy[0, 0, 6:8, 14:16].flatten())


def test_the_denoiser_is_told_the_time_and_keeps_the_shape() -> None:
    torch.manual_seed(0)
    network = Denoiser(tiny("ddpm", channels=1, size=48)).eval()
    noisy = torch.randn(1, 1, 48, 48).expand(2, 1, 48, 48)
    with torch.no_grad():
        early, late = network(noisy, torch.tensor([1, 900]))
    assert early.shape == (1, 48, 48)
    assert not torch.allclose(early, late)


def test_it_learns(fabric: Fabric) -> None:
    torch.manual_seed(0)
    recipe = tiny("ddpm", rates={"generator": 2e-3}, diffusion={"dropout": 0.0})
    model = build(recipe, fabric)
    batch = pictures(recipe, 4)
    losses = [model.step(batch)["loss/denoiser"] for _ in range(20)]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
