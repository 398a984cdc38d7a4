"""CycleGAN (Zhu et al. 2017): two domains of unpaired pictures, and a way there and back that must lead home.

The domains are the classes 0 and 1 of the pictures. What is sampled are pictures of domain 0 translated to domain 1.
"""

from collections.abc import Iterator

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from core.generators import losses
from core.generators.model import Batch, Model, Tensors, bare, frozen
from core.generators.networks import dcgan_weights
from core.generators.recipe import Recipe

LARGEST = 4  # times the width: the channels of the middle and of the last stage of a discriminator
SOURCES = 64  # pictures of domain 0 that are kept to be translated


class Translator(nn.Module):
    """Pictures in −1…1 to pictures of another domain: two halvings, residual blocks, two doublings."""

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        stages = [nn.ReflectionPad2d(3), *_layer(nn.Conv2d(channels, width, 7))]
        for factor in (1, 2):
            stages += _layer(nn.Conv2d(width * factor, width * factor * 2, 3, 2, 1))
        stages += [Residual(width * LARGEST) for _ in range(blocks)]
        for factor in (4, 2):
            stages += _layer(nn.ConvTranspose2d(width * factor, width * factor // 2, 3, 2, 1, output_padding=1))
        stages += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
        self.stages = nn.Sequential(*stages)
        self.apply(dcgan_weights)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.stages(pictures)


class Residual(nn.Module):
    """x plus two convolutions of x."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = [nn.ReflectionPad2d(1), *_layer(nn.Conv2d(width, width, 3)), nn.ReflectionPad2d(1)]
        self.stages = nn.Sequential(*inner, nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.stages(x)


class PatchDiscriminator(nn.Module):
    """Pictures to one output for each overlapping patch, flat (Isola et al. 2017)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        stages: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for factor in (1, 2):
            conv = nn.Conv2d(width * factor, width * factor * 2, 4, 2, 1)
            stages += [conv, nn.InstanceNorm2d(width * factor * 2), nn.LeakyReLU(0.2)]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Conv2d(width * LARGEST, 1, 4, padding=1)
        self.apply(dcgan_weights)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.stages(pictures)).flatten()

    def features(self, pictures: Tensor) -> Tensor:
        """The last map, averaged over the picture, [n, channels]."""
        return self.stages(pictures).mean((2, 3))


class Memory:
    """Earlier fakes: half of what a discriminator sees is drawn from them (Shrivastava et al. 2017)."""

    def __init__(self, most: int) -> None:
        self.most, self.kept = most, torch.empty(0)

    def exchanged(self, fakes: Tensor) -> Tensor:
        """`fakes`, about half of them exchanged for kept ones."""
        return torch.stack([self._exchanged(fake) for fake in fakes.detach()])

    def _exchanged(self, fake: Tensor) -> Tensor:
        if len(self.kept) < self.most:
            self.kept = torch.cat([self.kept.to(fake), fake[None]])
            return fake
        if not self.most or torch.rand(()) < 0.5:
            return fake
        place = int(torch.randint(self.most, ()))
        earlier = self.kept[place].clone()
        self.kept[place] = fake
        return earlier


class CycleGAN(Model):
    """Translators 0 → 1 ("there") and 1 → 0 ("back"), and a discriminator for each domain."""

    def __init__(self, recipe: Recipe, fabric: Fabric, planned: int) -> None:
        super().__init__(recipe, fabric, planned)
        self.loss = losses.named("least_squares", recipe.stabilisers.label_smoothing)
        sizes = (recipe.channels, recipe.width)
        rates = recipe.rates
        self.there = self.add("there", Translator(*sizes, recipe.cycle.blocks), rates.generator)
        self.back = self.add("back", Translator(*sizes, recipe.cycle.blocks), rates.generator)
        self.judge0 = self.add("judge0", PatchDiscriminator(*sizes), rates.discriminator)
        self.judge1 = self.add("judge1", PatchDiscriminator(*sizes), rates.discriminator)
        self.average = self.averaged("there")
        self.memory0, self.memory1 = (Memory(recipe.cycle.remembered) for _ in range(2))
        self.sources = torch.zeros(0, recipe.channels, recipe.size, recipe.size)

    def noise(self, n: int, seed: int) -> Tensor:
        """`n` of the kept pictures of domain 0, chosen by `seed`; ValueError before the first step."""
        if not len(self.sources):
            raise ValueError("A CycleGAN that has learned nothing yet has no pictures to translate.")
        chosen = torch.randint(len(self.sources), (n,), generator=torch.Generator().manual_seed(seed))
        return self.sources[chosen]

    @torch.no_grad()
    def decode(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures of domain 0 translated to domain 1."""
        return self.average.network(noise.to(self.fabric.device))

    def sample(self, n: int, seed: int, truncation: float = 1.0) -> Tensor:
        """`n` translated pictures. They are made of pictures, not of noise: there is nothing to truncate."""
        return self.decode(self.noise(n, seed)).cpu()

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The translators' common loss by part, and that of both discriminators."""
        zero, one = _domains(batch)
        parts, fake0, fake1 = self._translated(zero, one)
        judged = {
            "judge0": self._judged(self.judge0, zero, fake0.detach()),
            "judge1": self._judged(self.judge1, one, fake1.detach()),
        }
        return parts | judged

    def step(self, batch: Batch) -> dict[str, float]:
        """Translators first, discriminators after, as in the paper."""
        zero, one = _domains(batch)
        self._keep(zero)
        with frozen(bare(self.judge0)), frozen(bare(self.judge1)):
            parts, fake0, fake1 = self._translated(zero, one)
            norms = self._improve_translators(torch.stack(list(parts.values())).sum())
        parts["judge0"] = self._judged(self.judge0, zero, self.memory0.exchanged(fake0))
        parts["judge1"] = self._judged(self.judge1, one, self.memory1.exchanged(fake1))
        norms |= {f"gradient/{name}": self.learn(name, parts[name]) for name in ("judge0", "judge1")}
        self.steps += 1
        self.average.update(bare(self.there), self.steps)
        return {f"loss/{name}": value.item() for name, value in parts.items()} | norms

    def tensors(self) -> Tensors:
        """The kept pictures belong to the state: without them a resumed run would see other fakes."""
        memory = {"zero": self.memory0.kept, "one": self.memory1.kept, "sources": self.sources}
        return super().tensors() | {"memory": memory}

    def restore(self, tensors: Tensors, steps: int) -> None:
        """The opposite of `tensors`."""
        super().restore(tensors, steps)
        memory = tensors["memory"]
        self.memory0.kept, self.memory1.kept, self.sources = memory["zero"], memory["one"], memory["sources"]

    def _translated(self, zero: Tensor, one: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        fake1, fake0 = self.there(zero), self.back(one)
        home = (self.back(fake1) - zero).abs().mean() + (self.there(fake0) - one).abs().mean()
        same = (self.back(zero) - zero).abs().mean() + (self.there(one) - one).abs().mean()
        out0, out1 = self.judge0(fake0), self.judge1(fake1)
        cycle = self.recipe.cycle
        parts = {
            "adversarial": self.loss.generator(out0, out0) + self.loss.generator(out1, out1),
            "cycle": cycle.weight * home,
            "identity": cycle.identity * same,
        }
        return parts, fake0, fake1

    def _improve_translators(self, loss: Tensor) -> dict[str, float]:
        """Both learn from one loss: one backward pass, then a step each."""
        for name in ("there", "back"):
            self.optimizers[name].zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        return {f"gradient/{name}": self.take_step(name) for name in ("there", "back")}

    def _judged(self, judge: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        return self.loss.discriminator(judge(real), judge(fake))

    def _keep(self, zero: Tensor) -> None:
        missing = SOURCES - len(self.sources)
        self.sources = torch.cat([self.sources, zero[: max(0, missing)].cpu()])


def _domains(batch: Batch) -> Iterator[Tensor]:
    """The pictures of class 0 and those of class 1; ValueError where there are no classes or only one."""
    if batch.labels is None or not 0 < int((batch.labels == 1).sum()) < len(batch.labels):
        raise ValueError("A CycleGAN needs pictures of two classes in every batch.")
    return (batch.pictures[batch.labels == domain] for domain in (0, 1))


def _layer(convolution: nn.Module) -> list[nn.Module]:
    width = convolution.out_channels
    assert isinstance(width, int)
    return [convolution, nn.InstanceNorm2d(width), nn.ReLU()]
