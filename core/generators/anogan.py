"""f-AnoGAN (Schlegl et al. 2019): what a generator of genuine faces can't make again is not a genuine face.

An encoder learns, on genuine pictures alone and without a label, to find the latent whose picture is the one it is
given; generator and critic of a WGAN-GP stay as they are. A picture's anomaly is what is left between it and its
reconstruction, in pixels and in the critic's features.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.errors import WeightsRefused
from core.generators import dcgan
from core.generators.gan import GAN
from core.generators.model import Batch, bare
from core.generators.networks import settled
from core.generators.recipe import Recipe

FEATURE_WEIGHT = 1.0  # κ: of the critic's features beside the pixels
RATE = 1e-4  # at 5e-4, 600 steps were worth less than 450 at this
WEIGHTS = "encoder.safetensors"


class Encoder(nn.Module):
    """Pictures to latents [n, latent], of the size that the generator knows."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        body = dcgan.Discriminator(recipe.size, recipe.channels, recipe.width)
        self.stages = body.stages
        self.find = nn.Sequential(nn.Flatten(), nn.Linear(_flat(body), recipe.latent), nn.Tanh())

    def forward(self, pictures: Tensor) -> Tensor:
        # Normal latents seldom lie beyond 3 deviations, and an encoder without bounds leaves them.
        return 3 * self.find(self.stages(pictures))


class FAnoGAN:
    """A trained GAN and the encoder that learns to undo its generator."""

    def __init__(self, gan: GAN) -> None:
        self.gan = gan
        self.generator = gan.average.network
        self.critic = settled(bare(gan.discriminator))
        self.encoder = Encoder(gan.recipe).to(gan.fabric.device)
        self.optimizer = torch.optim.Adam(self.encoder.parameters(), RATE, betas=(0.5, 0.999))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The two parts of what the encoder minimises (izi_f in the paper), mean over the batch."""
        pixels, features = self._residuals(batch.pictures, self.generator(self.encoder(batch.pictures)))
        return {"pixels": pixels.mean(), "features": FEATURE_WEIGHT * features.mean()}

    def step(self, batch: Batch) -> dict[str, float]:
        """One step of the encoder."""
        self.encoder.train()
        parts = self.losses(batch)
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        self.optimizer.step()
        return {f"loss/{name}": value.item() for name, value in parts.items()}

    def learn(self, batches: Iterator[Batch], steps: int) -> Iterator[dict[str, float]]:
        """`steps` steps on genuine pictures."""
        return (self.step(batch) for batch in itertools.islice(batches, steps))

    @torch.no_grad()
    def reconstructed(self, pictures: Tensor) -> Tensor:
        """The pictures that the generator can make nearest to these, in −1…1."""
        return self.generator(self.encoder.eval()(pictures))

    @torch.no_grad()
    def score(self, pictures: Tensor) -> Tensor:
        """How anomalous each picture is, [n], from zero up."""
        return self.anomaly(pictures, self.reconstructed(pictures))

    def anomaly(self, pictures: Tensor, made: Tensor) -> Tensor:
        """What is left between pictures and what was made of them, [n]."""
        pixels, features = self._residuals(pictures, made)
        return pixels + FEATURE_WEIGHT * features

    @torch.no_grad()
    def residual(self, pictures: Tensor) -> Tensor:
        """Where the reconstruction differs, [n, size, size]: mean absolute difference of the colours."""
        return (pictures - self.reconstructed(pictures)).abs().mean(1)

    def save(self, run: Path) -> None:
        """Puts the encoder beside the checkpoint of its GAN."""
        save_file({k: v.contiguous() for k, v in self.encoder.state_dict().items()}, run / WEIGHTS)

    def load(self, run: Path) -> "FAnoGAN":
        """The encoder that `save` wrote; WeightsRefused where there is none."""
        if not (run / WEIGHTS).is_file():
            raise WeightsRefused("no_weights", f"{run} has no encoder. Train one with scripts.train_encoder.")
        self.encoder.load_state_dict(load_file(run / WEIGHTS))
        return self

    def _residuals(self, pictures: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squared differences of each picture, [n], in pixels and in the critic's features."""
        pixels = (pictures - made).square().flatten(1).mean(1)
        features = (self._features(pictures) - self._features(made)).square().mean(1)
        return pixels, features

    def _features(self, pictures: Tensor) -> Tensor:
        features: Callable[[Tensor], Tensor] = self.critic.features  # type: ignore[assignment]
        return features(pictures)


def _flat(body: dcgan.Discriminator) -> int:
    """Numbers in the last map of one picture."""
    side = body.head.kernel_size[0]
    return body.head.in_channels * side * side
