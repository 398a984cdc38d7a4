"""A DCGAN that is told a class, such as one of FER2013's emotions.

The generator gets an embedding of the class beside its latent; the discriminator adds the product of its features
with another embedding to its output (projection, Miyato and Koyama 2018).
"""

import torch
from torch import Tensor, nn

from core.generators import dcgan

EMBEDDING = 32  # numbers that stand for a class in the generator


class Generator(nn.Module):
    """Latents [n, latent] and classes [n] to pictures in −1…1."""

    def __init__(self, size: int, channels: int, latent: int, width: int, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, EMBEDDING)
        self.paint = dcgan.Generator(size, channels, latent + EMBEDDING, width)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        return self.paint(torch.cat([latents, self.embed(labels)], 1))


class Discriminator(nn.Module):
    """Pictures and the classes they are said to be of, to one logit each."""

    def __init__(self, size: int, channels: int, width: int, classes: int) -> None:
        super().__init__()
        self.body = dcgan.Discriminator(size, channels, width)
        self.embed = nn.Embedding(classes, self.body.head.in_channels)
        nn.init.zeros_(self.embed.weight)  # at first no class looks different from another

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        maps = self.body.stages(pictures)
        of_class = (maps.mean((2, 3)) * self.embed(labels)).sum(1)
        return self.body.head(maps).flatten() + of_class

    def features(self, pictures: Tensor) -> Tensor:
        """The last map, averaged over the picture, [n, channels]; no class needed."""
        return self.body.features(pictures)
