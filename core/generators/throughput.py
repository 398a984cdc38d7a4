"""How fast a GAN learns here, as a multiple of the loop that everybody writes first.

Both train the same DCGAN at 64 px in batches of 128 with the same losses and optimizers. The plain loop computes in
fp32 in torch's default layout, and through the discriminator's weights when only the generator learns. Ours computes
in bf16 where the device can, `channels_last`, and spares itself those gradients.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.devices import one_device
from core.generators.dcgan import Discriminator, Generator
from core.generators.model import Batch
from core.generators.recipe import Recipe
from core.generators.zoo import build

RECIPE = Recipe(name="benchmark", model="dcgan", size=64, latent=100, width=64, batch=128)
AT_ONCE = 2  # steps of one loop before the other has its turn: what else runs on the machine then slows both alike


@dataclass(frozen=True)
class Throughput:
    """Pictures a second of both loops, measured in turns."""

    plain: float
    ours: float

    def __str__(self) -> str:
        ratio = self.ours / self.plain
        return f"DCGAN 64 px, batch 128: {self.ours:.1f} images/s; plain fp32 loop {self.plain:.1f}; × {ratio:.2f}"


def compare(steps: int, recipe: Recipe = RECIPE) -> Throughput:
    """Runs `steps` steps of both loops, after one of each that does not count."""
    pictures = torch.rand(recipe.batch, recipe.channels, recipe.size, recipe.size) * 2 - 1
    loops = [_plain_loop(pictures, recipe), _our_loop(pictures, recipe)]
    for loop in loops:
        loop()
    seconds = [0.0, 0.0]
    for _ in range(-(-steps // AT_ONCE)):
        for number, loop in enumerate(loops):
            begun = time.perf_counter()
            for _ in range(AT_ONCE):
                loop()
            seconds[number] += time.perf_counter() - begun
    shown = -(-steps // AT_ONCE) * AT_ONCE * recipe.batch
    return Throughput(*(shown / spent for spent in seconds))


def _our_loop(pictures: Tensor, recipe: Recipe) -> Callable[[], object]:
    model = build(recipe, one_device(precision="auto"))
    batch = Batch(pictures.contiguous(memory_format=torch.channels_last))
    return lambda: model.step(batch)


def _plain_loop(pictures: Tensor, recipe: Recipe) -> Callable[[], None]:
    generator = Generator(recipe.size, recipe.channels, recipe.latent, recipe.width)
    discriminator = Discriminator(recipe.size, recipe.channels, recipe.width)
    of_g, of_d = (_adam(network) for network in (generator, discriminator))
    ones, zeros = torch.ones(len(pictures)), torch.zeros(len(pictures))
    bce = F.binary_cross_entropy_with_logits

    def step() -> None:
        fake = generator(torch.randn(len(pictures), recipe.latent))
        of_d.zero_grad()
        (bce(discriminator(pictures), ones) + bce(discriminator(fake.detach()), zeros)).backward()
        of_d.step()
        of_g.zero_grad()
        bce(discriminator(fake), ones).backward()
        of_g.step()

    return step


def _adam(network: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), 2e-4, betas=(0.5, 0.999))
