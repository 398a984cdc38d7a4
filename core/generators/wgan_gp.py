"""Wasserstein GAN: a critic, that is a discriminator without a last sigmoid and without batch normalisation.

The critic's mean difference between real and fake estimates the distance of the two distributions as long as it is
1-Lipschitz. WGAN (Arjovsky et al. 2017) clips its weights, WGAN-GP (Gulrajani et al. 2017) penalises its gradient on
lines between real and fake; a batch's statistics would tie one picture's gradient to the others.
"""

from torch import nn

from core.generators import dcgan

Generator = dcgan.Generator


class Critic(dcgan.Discriminator):
    """Pictures to a number each, unbounded; higher means more real."""

    def __init__(self, size: int, channels: int, width: int) -> None:
        super().__init__(size, channels, width, normalised=False)


def clip_weights(critic: nn.Module, most: float) -> None:
    """Every weight into −most…most, after each step of the critic: plain WGAN."""
    for weight in critic.parameters():
        weight.data.clamp_(-most, most)
