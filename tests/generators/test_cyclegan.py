"""Home again: the cycle loss, the memory of fakes, and whose weights learn from what."""

import pytest
import torch
from torch import nn

from core.devices import Fabric
from core.generators.cyclegan import CycleGAN, Memory, PatchDiscriminator, Translator
from core.generators.model import Batch, bare
from core.generators.zoo import build
from tests.generators.conftest import pictures, tiny


class Brighter(nn.Module):
    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.by


def test_translators_pay_for_what_does_not_come_home_and_for_what_need_not_change(fabric: Fabric) -> None:
    recipe = tiny("cyclegan")
    model = build(recipe, fabric)
    assert isinstance(model, CycleGAN)
    model.there = model.back = nn.Identity()
    losses = model.losses(pictures(recipe))
    assert losses["cycle"].item() == losses["identity"].item() == 0
    model.there, model.back = Brighter(0.5), Brighter(-0.5)
    assert model.losses(pictures(recipe))["cycle"].item() == pytest.approx(0, abs=1e-5)
    model.there, model.back = Brighter(0.5), Brighter(-0.2)
    losses = model.losses(pictures(recipe))
    assert losses["cycle"].item() == pytest.approx(10 * 2 * 0.3, rel=1e-4)
    assert losses["identity"].item() == pytest.approx(5 * (0.5 + 0.2), rel=1e-4)


def test_a_translator_keeps_the_side_and_a_patch_is_judged_by_its_surroundings_alone() -> None:
    assert Translator(1, 4, 2)(torch.randn(1, 1, 48, 48)).shape == (1, 1, 48, 48)
    judge = PatchDiscriminator(3, 4)
    picture = torch.randn(1, 3, 64, 64)
    assert judge(picture).shape == (7 * 7,)


def test_memory_gives_back_earlier_fakes_about_half_the_time() -> None:
    torch.manual_seed(0)
    memory = Memory(10)
    first = torch.arange(10.0).view(10, 1, 1, 1)
    assert torch.equal(memory.exchanged(first), first)
    later = memory.exchanged(100 + torch.arange(400.0).view(400, 1, 1, 1)).flatten()
    fresh = (later == 100 + torch.arange(400.0)).float().mean().item()
    assert fresh == pytest.approx(0.5, abs=0.08)
    assert len(memory.kept) == 10
    assert torch.equal(Memory(0).exchanged(first), first)


def test_one_domain_is_not_enough(fabric: Fabric) -> None:
    recipe = tiny("cyclegan")
    model = build(recipe, fabric)
    with pytest.raises(ValueError, match="two classes"):
        model.step(Batch(pictures(recipe).pictures, torch.zeros(4, dtype=torch.long)))
    with pytest.raises(ValueError, match="learned nothing yet"):
        model.sample(1, 0)


def test_the_translators_loss_does_not_reach_the_judges(fabric: Fabric) -> None:
    recipe = tiny("cyclegan", rates={"discriminator": 1e-12})
    model = build(recipe, fabric)
    before = [w.clone() for w in bare(model.networks["judge1"]).parameters()]
    model.step(pictures(recipe))
    for old, new in zip(before, bare(model.networks["judge1"]).parameters(), strict=True):
        assert torch.allclose(old, new, atol=1e-9)


def test_what_is_sampled_are_translated_pictures_of_domain_zero(fabric: Fabric) -> None:
    recipe = tiny("cyclegan")
    model = build(recipe, fabric)
    batch = pictures(recipe)
    model.step(batch)
    sources = model.noise(5, seed=1)
    zero = batch.pictures[batch.labels == 0]
    assert all(any(torch.equal(source, z) for z in zero) for source in sources)
    assert torch.allclose(model.sample(5, seed=1), model.averages["there"].network(sources))
