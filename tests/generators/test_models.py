"""Every model: shapes and ranges, one step, and the formula that makes it what it is."""

from typing import get_args

import pytest
import torch
from torch import nn

from core.devices import Fabric
from core.generators import conditional, dcgan, r3gan, sngan, stackgan
from core.generators.gan import GAN, told_apart
from core.generators.model import Batch, bare
from core.generators.networks import halvings, stage_widths
from core.generators.recipe import ModelName
from core.generators.zoo import build
from tests.generators.conftest import pictures, tiny

MODELS = get_args(ModelName)
GANS = [name for name in MODELS if name not in ("cyclegan", "ddpm")]


@pytest.mark.parametrize("name", MODELS)
def test_a_step_learns_and_samples_have_shape_range_and_seed(name: str, fabric: Fabric) -> None:
    torch.manual_seed(0)
    recipe = tiny(name)
    model = build(recipe, fabric, planned=10)
    before = {part: [w.clone() for w in net.parameters()] for part, net in model.networks.items()}
    figures = [model.step(pictures(recipe, seed=i)) for i in range(recipe.critic_steps)][-1]
    assert all(torch.tensor(value).isfinite() for value in figures.values())
    for part, weights in before.items():
        now = list(model.networks[part].parameters())
        assert any(not torch.equal(a, b) for a, b in zip(weights, now, strict=True)), part
    samples = model.sample(3, seed=5)
    assert samples.shape == (3, 3, recipe.size, recipe.size)
    assert samples.abs().max() <= 1
    assert torch.equal(samples, model.sample(3, seed=5))
    assert not torch.equal(samples, model.sample(3, seed=6))


@pytest.mark.parametrize("name", MODELS)
def test_asking_for_losses_learns_nothing(name: str, fabric: Fabric) -> None:
    recipe = tiny(name)
    model = build(recipe, fabric)
    before = [w.clone() for net in model.networks.values() for w in net.parameters()]
    losses = model.losses(pictures(recipe))
    assert losses and all(loss.isfinite() and loss.dim() == 0 for loss in losses.values())
    after = [w for net in model.networks.values() for w in net.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(("size", "channels"), [(48, 1), (64, 3), (96, 3), (128, 1)])
@pytest.mark.parametrize("family", [dcgan, sngan, r3gan])
def test_networks_at_other_sizes_and_in_grey(family: object, size: int, channels: int) -> None:
    generator = family.Generator(size, channels, 8, 4)  # type: ignore[attr-defined]
    discriminator = family.Discriminator(size, channels, 4)  # type: ignore[attr-defined]
    made = generator(torch.randn(2, 8))
    assert made.shape == (2, channels, size, size)
    assert discriminator(made).shape == (2,)
    assert discriminator.features(made).shape == (2, stage_widths(size, 4)[-1])


def test_sizes_are_halved_to_about_four_and_others_refused() -> None:
    assert halvings(64) == (4, 4)
    assert halvings(48) == (4, 3)
    assert halvings(256) == (6, 4)
    for size in (16, 50, 272):
        with pytest.raises(ValueError, match="steps of 16"):
            halvings(size)


def test_dcgan_64_is_the_published_one() -> None:
    """Layers and weights of the paper's 64 px network with 100 latents, and their initial spread."""
    generator, discriminator = dcgan.Generator(64, 3, 100, 64), dcgan.Discriminator(64, 3, 64)
    kernels = [layer.weight.shape for layer in generator.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [tuple(kernel) for kernel in kernels] == [
        (100, 512, 4, 4), (512, 256, 4, 4), (256, 128, 4, 4), (128, 64, 4, 4), (64, 3, 4, 4)
    ]  # fmt: skip
    assert sum(w.numel() for w in generator.parameters()) == 3_576_704
    assert kernels[0] and generator.stages[1].weight.std().item() == pytest.approx(0.02, rel=0.02)
    norms = [layer for layer in discriminator.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert [norm.num_features for norm in norms] == [128, 256, 512]


def test_a_critic_judges_each_picture_alone(fabric: Fabric) -> None:
    critic = bare(build(tiny("wgan_gp"), fabric).networks["discriminator"])
    batch = pictures(tiny(), 4).pictures
    together, alone = critic(batch), torch.cat([critic(picture[None]) for picture in batch])
    assert torch.allclose(together, alone, atol=1e-6)
    classic = bare(build(tiny(), fabric).networks["discriminator"])
    assert not torch.allclose(classic(batch), torch.cat([classic(picture[None]) for picture in batch]), atol=1e-4)


def test_a_spectrally_normalised_discriminator_is_not_steep(fabric: Fabric) -> None:
    """Each layer is 1-Lipschitz as a matrix, so a small step in the picture moves the output by little."""
    torch.manual_seed(0)
    steep, tame = sngan.Discriminator(32, 3, 8), sngan.Discriminator(32, 3, 8)
    for layer in steep.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            torch.nn.utils.parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    for network in (steep, tame):
        for name, weight in network.named_parameters():
            if "weight" in name:
                weight.data.mul_(20)
    batch = pictures(tiny(), 4).pictures
    for _ in range(20):
        tame(batch)
    spread = [(net(batch + 0.01) - net(batch)).abs().max().item() for net in (steep, tame)]
    assert spread[1] < 1e-3 * spread[0]


def test_r3gan_starts_as_a_chain_of_identities_that_keeps_a_signals_size() -> None:
    torch.manual_seed(0)
    block = r3gan.Block(16, 0.5)
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), x)
    layer = r3gan._scaled(nn.Conv2d(64, 64, 3), 1)
    slope = 0.2
    assert layer.weight.var().item() == pytest.approx(2 / (1 + slope**2) / (64 * 9), rel=0.03)


def test_r3gan_has_no_normalisation_and_groups_its_convolutions() -> None:
    network = r3gan.Discriminator(32, 3, 32)
    assert not [m for m in network.modules() if "Norm" in type(m).__name__]
    mixing = [m.mix for m in network.modules() if isinstance(m, r3gan.Block)]
    assert {m.in_channels // m.groups for m in mixing} == {r3gan.GROUP}


def test_a_class_changes_what_is_made_and_how_it_is_judged() -> None:
    torch.manual_seed(0)
    generator = conditional.Generator(32, 1, 8, 8, classes=7).eval()
    latents = torch.randn(1, 8).expand(7, 8)
    made = generator(latents, torch.arange(7))
    assert len({tuple(picture.flatten()[:50].tolist()) for picture in made}) == 7
    judge = conditional.Discriminator(32, 1, 8, classes=7).eval()
    judge.embed.weight.data.normal_()
    maps = judge.body.stages(made)
    difference = judge(made, torch.full((7,), 2)) - judge(made, torch.full((7,), 5))
    projected = maps.mean((2, 3)) @ (judge.embed.weight[2] - judge.embed.weight[5])
    assert torch.allclose(difference, projected, atol=1e-6)


def test_a_conditional_model_takes_the_classes_it_is_given(fabric: Fabric) -> None:
    with pytest.raises(ValueError, match="how many classes"):
        build(tiny("conditional", classes=0), fabric)
    model = build(tiny("conditional"), fabric)
    noise = model.noise(1, 0).expand(2, -1)
    same, other = model.decode(noise, torch.tensor([3, 3])), model.decode(noise, torch.tensor([3, 4]))
    assert torch.allclose(same[0], same[1], atol=1e-6) and not torch.allclose(other[0], other[1], atol=1e-4)


def test_a_stack_paints_twice_and_judges_both() -> None:
    coarse, fine = stackgan.Generator(64, 3, 8, 8)(torch.randn(2, 8))
    assert coarse.shape[-1] == 32 and fine.shape[-1] == 64
    assert stackgan.Discriminator(64, 3, 8)(coarse, fine).shape == (4,)
    small, full = stackgan.views(fine)
    assert full is fine and torch.allclose(small[0, 0, 0, 0], fine[0, 0, :2, :2].mean())
    larger = stackgan.Generator(128, 3, 8, 4)(torch.randn(1, 8))
    assert [view.shape[-1] for view in larger] == [64, 128]


def test_colours_of_two_sizes_are_tied_by_mean_and_covariance() -> None:
    fine = torch.rand(2, 3, 8, 8)
    shuffled = fine.flatten(2)[:, :, torch.randperm(64)].view(2, 3, 8, 8)
    assert stackgan.colour_difference(fine, shuffled).item() == pytest.approx(0, abs=1e-10)
    assert stackgan.colour_difference(fine, fine + 0.1).item() == pytest.approx(3 * 0.01, rel=1e-4)
    grey = torch.tensor([0.0, 2.0]).view(1, 1, 1, 2)  # mean 1, variance 1
    assert stackgan.colour_difference(grey, 2 * grey - 1).item() == pytest.approx(5 * (4 - 1) ** 2)


def test_every_stabiliser_of_the_recipe_reaches_the_losses(fabric: Fabric) -> None:
    steadied = {"gradient_penalty": 10.0, "r1": 1.0, "r2": 2.0, "penalty_every": 2}
    recipe = tiny("wgan_gp", stabilisers=steadied | {"instance_noise": 0.1, "augment": ["colour"]})
    model = build(recipe, fabric, planned=10)
    assert {"gradient_penalty", "r1", "r2"} <= set(model.losses(pictures(recipe)))
    assert "loss/r1" in model.step(pictures(recipe))
    assert "loss/r1" not in model.step(pictures(recipe))


def test_lazy_penalties_weigh_as_much_in_the_end(fabric: Fabric) -> None:
    torch.manual_seed(0)
    batch = pictures(tiny())
    every = build(tiny("wgan_gp", stabilisers={"r1": 1.0}), fabric)
    lazy = build(tiny("wgan_gp", stabilisers={"r1": 1.0, "penalty_every": 4}), fabric)
    bare(lazy.networks["discriminator"]).load_state_dict(bare(every.networks["discriminator"]).state_dict())
    assert lazy.losses(batch)["r1"].item() == pytest.approx(4 * every.losses(batch)["r1"].item())


def test_a_wgan_clips_after_every_step(fabric: Fabric) -> None:
    recipe = tiny("wgan", stabilisers={"weight_clip": 0.01}, rates={"optimizer": "rmsprop"}, critic_steps=2)
    model = build(recipe, fabric)
    first, second = model.step(pictures(recipe)), model.step(pictures(recipe))
    assert max(w.abs().max().item() for w in model.networks["discriminator"].parameters()) <= 0.01
    assert "loss/generator" not in first and "loss/generator" in second  # n critic steps for each of the generator


def test_instance_noise_falls_to_nothing(fabric: Fabric) -> None:
    torch.manual_seed(0)
    model = build(tiny(stabilisers={"instance_noise": 0.5}), fabric, planned=4)
    assert isinstance(model, GAN)
    grey = torch.zeros(16, 3, 32, 32)
    deviations = []
    for steps in (0, 2, 4):
        model.steps = steps
        deviations.append(model._disturbed(grey).std().item())
    assert deviations == pytest.approx([0.5, 0.25, 0], abs=0.01)


def test_the_generators_step_leaves_the_discriminator_alone(fabric: Fabric) -> None:
    model = build(tiny("sngan"), fabric)
    assert isinstance(model, GAN)
    weights = [w.clone() for w in model.discriminator.parameters()]
    model._improve_generator(pictures(tiny()))
    assert all(torch.equal(a, b) for a, b in zip(weights, model.discriminator.parameters(), strict=True))
    assert all(w.grad is None and w.requires_grad for w in model.discriminator.parameters())


def test_gradients_are_clipped_and_their_norm_is_told(fabric: Fabric) -> None:
    recipe = tiny(stabilisers={"clip_norm": 1e-3})
    model = build(recipe, fabric)
    assert model.step(pictures(recipe))["gradient/discriminator"] > 1e-3
    norms = torch.stack([w.grad.norm() for w in model.networks["discriminator"].parameters()])
    assert norms.norm().item() == pytest.approx(1e-3, rel=0.01)


def test_two_rates_and_a_schedule_reach_the_optimizers(fabric: Fabric) -> None:
    recipe = tiny(rates={"generator": 1e-4, "discriminator": 4e-4, "schedule": "linear"})
    model = build(recipe, fabric, planned=4)
    for _ in range(3):
        model.step(pictures(recipe))
    rates = {name: optimizer.param_groups[0]["lr"] for name, optimizer in model.optimizers.items()}
    assert rates == pytest.approx({"generator": 0.5e-4, "discriminator": 2e-4})


def test_accuracy_is_the_share_of_pairs_told_right() -> None:
    figures = told_apart(torch.tensor([0.0, 2.0]), torch.tensor([1.0, -1.0]))
    assert figures["d/accuracy"] == 0.75
    assert figures["d/real"] == pytest.approx((0.5 + torch.tensor(2.0).sigmoid().item()) / 2)


def test_truncation_moves_samples_to_the_middle(fabric: Fabric) -> None:
    model = build(tiny(), fabric)
    middle = model.decode(torch.zeros(4, 8))
    far = [(model.sample(4, 0, truncation=t) - middle).abs().mean().item() for t in (1.0, 0.5, 0.0)]
    assert far[0] > far[1] > far[2] == pytest.approx(0, abs=1e-6)


def test_a_gan_learns_a_single_picture(fabric: Fabric) -> None:
    """The whole step, signs and all: a generator that goes the wrong way never gets there."""
    torch.manual_seed(0)
    recipe = tiny("wgan_gp", loss="hinge", width=16, rates={"generator": 2e-3, "discriminator": 2e-3},
                  stabilisers={"r1": 0.1, "ema": 0.8})  # fmt: skip
    model = build(recipe, fabric, planned=90)
    target = pictures(recipe, 1).pictures.expand(8, 3, 32, 32)
    before = (model.sample(8, 0) - target).abs().mean()
    for _ in range(90):
        model.step(Batch(target))
    assert (model.sample(8, 0) - target).abs().mean() < 0.45 * before
