"""From a recipe to a model: which networks belong to which name."""

from lightning.fabric import Fabric
from torch import nn

from core.generators import conditional, dcgan, r3gan, sngan, stackgan, wgan_gp
from core.generators.cyclegan import CycleGAN
from core.generators.diffusion import Diffusion
from core.generators.gan import GAN
from core.generators.model import Model
from core.generators.networks import with_spectral_norm
from core.generators.recipe import Recipe

GENERATORS = {
    "dcgan": dcgan.Generator,
    "wgan": wgan_gp.Generator,
    "wgan_gp": wgan_gp.Generator,
    "sngan": sngan.Generator,
    "r3gan": r3gan.Generator,
    "stackgan": stackgan.Generator,
}
DISCRIMINATORS = {
    "dcgan": dcgan.Discriminator,
    "wgan": wgan_gp.Critic,
    "wgan_gp": wgan_gp.Critic,
    "sngan": sngan.Discriminator,
    "r3gan": r3gan.Discriminator,
    "stackgan": stackgan.Discriminator,
}


def build(recipe: Recipe, fabric: Fabric, planned: int = 1) -> Model:
    """The untrained model of a recipe; ValueError where its parts don't go together."""
    if recipe.model == "ddpm":
        return Diffusion(recipe, fabric, planned)
    if recipe.model == "cyclegan":
        return CycleGAN(recipe, fabric, planned)
    return _gan(recipe, fabric, planned)


def _gan(recipe: Recipe, fabric: Fabric, planned: int) -> GAN:
    sizes = (recipe.size, recipe.channels)
    generator: nn.Module
    discriminator: nn.Module
    if recipe.model == "conditional":
        if not recipe.classes:
            raise ValueError("A conditional model needs to know how many classes there are.")
        generator = conditional.Generator(*sizes, recipe.latent, recipe.width, recipe.classes)
        discriminator = conditional.Discriminator(*sizes, recipe.width, recipe.classes)
    else:
        generator = GENERATORS[recipe.model](*sizes, recipe.latent, recipe.width)
        discriminator = DISCRIMINATORS[recipe.model](*sizes, recipe.width)
    if recipe.stabilisers.spectral_norm:
        with_spectral_norm(discriminator)
    if recipe.model == "stackgan":
        return GAN(recipe, fabric, planned, generator, discriminator, stackgan.views, stackgan.colour_loss)
    return GAN(recipe, fabric, planned, generator, discriminator)
