"""Deep convolutional GAN (Radford, Metz and Chintala 2016): strided convolutions, batch normalisation, no pooling."""

import itertools

from torch import Tensor, nn

from core.generators.networks import AsPicture, dcgan_weights, halvings, stage_widths


class Generator(nn.Module):
    """Latents [n, latent] to pictures [n, channels, size, size] in −1…1."""

    def __init__(self, size: int, channels: int, latent: int, width: int) -> None:
        super().__init__()
        _, side = halvings(size)
        widths = stage_widths(size, width)[::-1]
        stages = [AsPicture(), *_up(latent, widths[0], kernel=side, stride=1, padding=0)]
        for here, there in itertools.pairwise(widths):
            stages += _up(here, there)
        stages += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1, bias=False), nn.Tanh()]
        self.stages = nn.Sequential(*stages)
        self.apply(dcgan_weights)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.stages(latents)


class Discriminator(nn.Module):
    """Pictures to one logit each; positive means real."""

    def __init__(self, size: int, channels: int, width: int, normalised: bool = True) -> None:
        """`normalised`: batch normalisation in all stages but the first; a critic has none."""
        super().__init__()
        _, side = halvings(size)
        widths = stage_widths(size, width)
        stages: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for here, there in itertools.pairwise(widths):
            stages += [nn.Conv2d(here, there, 4, 2, 1, bias=not normalised)]
            stages += [nn.BatchNorm2d(there)] if normalised else []
            stages += [nn.LeakyReLU(0.2)]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Conv2d(widths[-1], 1, side)
        self.apply(dcgan_weights)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.head(self.stages(pictures)).flatten()

    def features(self, pictures: Tensor) -> Tensor:
        """The last map, averaged over the picture, [n, channels]."""
        return self.stages(pictures).mean((2, 3))

    def places(self, pictures: Tensor) -> Tensor:
        """What each place of the last map adds to the logit, [n, h, w]; with the head's bias they are the logit."""
        return (self.stages(pictures) * self.head.weight[0]).sum(1)


def _up(here: int, there: int, kernel: int = 4, stride: int = 2, padding: int = 1) -> list[nn.Module]:
    up = nn.ConvTranspose2d(here, there, kernel, stride, padding, bias=False)
    return [up, nn.BatchNorm2d(there), nn.ReLU()]
