"""Weights move from run to run; a discriminator sees; an encoder finds what a generator can't make."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from core.errors import WeightsRefused
from core.generators import sngan
from core.generators.anogan import FAnoGAN
from core.generators.gan import GAN
from core.generators.model import Batch, bare
from core.generators.training import Budget, Run, train
from core.generators.transfer import _take, freeze
from core.generators.zoo import build
from tests.generators.conftest import pictures, tiny
from tests.generators.test_training import no_look, some


def trained(folder: Path, fabric: object, **changes: object) -> Run:
    recipe = tiny(**changes)  # type: ignore[arg-type]
    run = Run(recipe, some(recipe), folder, fabric)  # type: ignore[arg-type]
    run.learn()
    run.checkpoint()
    return run


def test_a_run_starts_where_another_ended_and_holds_still_what_it_should(tmp_path: Path, fabric: object) -> None:
    old = trained(tmp_path / "old", fabric)
    recipe = tiny(seed=9, transfer={"run": str(tmp_path / "old"), "frozen": 0.5})
    new = Run(recipe, some(recipe), tmp_path / "new", fabric)  # type: ignore[arg-type]
    train(new, Budget(kimg=0.012), no_look)
    before = dict(bare(old.model.networks["discriminator"]).named_parameters())
    after = dict(bare(new.model.networks["discriminator"]).named_parameters())
    same = [name for name in before if torch.equal(before[name], after[name])]
    assert same == list(before)[: len(before) // 2]
    again = Run(recipe, some(recipe), tmp_path / "new", fabric)  # type: ignore[arg-type]
    again.resume()
    assert again.model.steps == 3


def test_from_colour_to_grey_and_back_a_grey_picture_looks_the_same() -> None:
    torch.manual_seed(0)
    colour, grey, again = (sngan.Discriminator(32, c, 8) for c in (3, 1, 3))
    for network in (colour, grey, again):
        for layer in network.modules():
            if nn.utils.parametrize.is_parametrized(layer):
                nn.utils.parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    picture = pictures(tiny(channels=1)).pictures
    _take(grey, colour.state_dict())
    assert torch.allclose(grey(picture), colour(picture.expand(-1, 3, -1, -1)), atol=1e-5)
    _take(again, grey.state_dict())
    assert torch.allclose(again(picture.expand(-1, 3, -1, -1)), grey(picture), atol=1e-5)


@pytest.mark.parametrize("name", ["dcgan", "r3gan"])
def test_a_grey_generator_writes_the_brightness_of_the_coloured(name: str, fabric: object) -> None:
    torch.manual_seed(0)
    colour, grey = (build(tiny(name, channels=c), fabric) for c in (3, 1))  # type: ignore[arg-type]
    ours = bare(grey.networks["generator"]).eval()
    theirs = bare(colour.networks["generator"]).eval()
    assert _take(ours, theirs.state_dict()) == len(ours.state_dict())
    latents = 0.1 * torch.randn(2, 8)
    # Tanh comes after the last layer, so brightness is compared where it is nearly straight.
    assert torch.allclose(ours(latents), theirs(latents).mean(1, keepdim=True), atol=0.02)


def test_what_does_not_fit_is_left_or_refused(tmp_path: Path, fabric: object) -> None:
    trained(tmp_path / "wide", fabric, width=16)
    model = build(tiny("ddpm"), fabric)  # type: ignore[arg-type]
    from core.generators.transfer import start_from

    with pytest.raises(WeightsRefused, match="Nothing in"):
        start_from(model, tmp_path / "wide")
    with pytest.raises(WeightsRefused, match="no checkpoint"):
        start_from(model, tmp_path)


def test_the_first_layers_are_frozen_first() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    assert freeze(network, 0.5) == ["0.weight", "0.bias"]
    assert [w.requires_grad for w in network.parameters()] == [False, False, True, True]


def test_the_discriminators_features_tell_classes_apart(fabric: object) -> None:
    """Random features do too on so easy a task; what matters is that they come out, one row a picture, unchanged."""
    model = build(tiny("conditional", channels=1), fabric)  # type: ignore[arg-type]
    assert isinstance(model, GAN)
    dark, light = -0.5 + 0.2 * torch.randn(30, 1, 32, 32), 0.5 + 0.2 * torch.randn(30, 1, 32, 32)
    found = model.features(torch.cat([dark, light])).numpy()
    labels = np.repeat([0, 1], 30)
    assert found.shape[0] == 60
    assert make_pipeline(StandardScaler(), LogisticRegression()).fit(found[::2], labels[::2]).score(
        found[1::2], labels[1::2]
    ) > 0.9
    assert np.allclose(found[:4], model.features(dark[:4]).numpy(), atol=1e-5)  # no company changes them
    assert bare(model.discriminator).training


@pytest.fixture
def anogan(fabric: object) -> FAnoGAN:
    """On a generator whose every picture is as dark as its first latent says."""
    torch.manual_seed(0)
    model = build(tiny("wgan_gp", flip=False), fabric)  # type: ignore[arg-type]
    assert isinstance(model, GAN)
    model.average.network = Dim()
    return FAnoGAN(model)


class Dim(nn.Module):
    def forward(self, latents: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        return (latents[:, :1, None, None] / 3).expand(-1, 3, 32, 32)


def shades(n: int) -> torch.Tensor:
    return (torch.rand(n, 1, 1, 1) * 1.6 - 0.8).expand(n, 3, 32, 32)


def test_an_encoder_learns_to_undo_the_generator_and_nothing_else_learns(anogan: FAnoGAN) -> None:
    critic = [w.clone() for w in anogan.critic.parameters()]
    anogan.optimizer.param_groups[0]["lr"] = 2e-3
    figures = list(anogan.learn(iter(lambda: Batch(shades(16)), None), 60))
    assert figures[-1]["loss/pixels"] < 0.3 * figures[0]["loss/pixels"]
    assert all(torch.equal(a, b) for a, b in zip(critic, anogan.critic.parameters(), strict=True))
    plain = shades(4)
    marked = plain.clone()
    marked[:, :, 8:16, 8:16] += 0.8
    assert (anogan.score(marked) > anogan.score(plain)).all()
    where = anogan.residual(marked)
    assert (where[:, 8:16, 8:16].mean((1, 2)) > 1.3 * where[:, 20:, 20:].mean((1, 2))).all()


def test_the_score_is_what_is_left_in_pixels_and_features(anogan: FAnoGAN) -> None:
    picture = shades(3)
    made = anogan.reconstructed(picture)
    features = [anogan.critic.features(p) for p in (picture, made)]  # type: ignore[operator]
    expected = (picture - made).square().mean((1, 2, 3)) + (features[0] - features[1]).square().mean(1)
    assert torch.allclose(anogan.score(picture), expected, atol=1e-6)
    anogan.encoder.eval()
    assert sum(anogan.losses(Batch(picture)).values()).item() == pytest.approx(expected.mean().item(), rel=1e-4)


def test_an_encoder_is_kept_beside_its_gan(anogan: FAnoGAN, tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="has no encoder"):
        anogan.load(tmp_path)
    before = anogan.score(shades(2).fill_(0.1))
    anogan.save(tmp_path)
    for weight in anogan.encoder.parameters():
        weight.data.zero_()
    assert torch.allclose(anogan.load(tmp_path).score(shades(2).fill_(0.1)), before)
