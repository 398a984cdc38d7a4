"""Diffusion (DDPM, Ho et al. 2020): a network learns to tell the noise in a picture.

A picture x₀ at time t is √ᾱₜ x₀ + √(1 − ᾱₜ) ε, with ε standard normal. Samples are drawn by DDIM (Song et al. 2021).
U-Net and both schedulers come from `diffusers`.
"""

import torch
import torch.nn.functional as F
from diffusers.models.unets.unet_2d import UNet2DModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from lightning.fabric import Fabric
from torch import Tensor, nn

from core.generators.model import Batch, Model, bare, in_parts, normal
from core.generators.networks import halvings
from core.generators.recipe import Diffusion as Plan
from core.generators.recipe import Recipe

SAMPLED_AT_ONCE = 64
ATTENTION_AT = 16  # px: the side at which the U-Net relates every place to every other
GROUPS = 8  # of channels that are normalised together; the width must be a multiple


class Denoiser(nn.Module):
    """Noisy pictures [n, channels, size, size] and times [n] to the noise that is in them."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        halvings(recipe.size)  # refuses sides that can't be halved
        sides = [side for side in (recipe.size // 2**i for i in range(8)) if side >= 8]
        kinds = ["Attn" if side == ATTENTION_AT else "" for side in sides]
        self.net = UNet2DModel(
            sample_size=recipe.size, in_channels=recipe.channels, out_channels=recipe.channels,
            block_out_channels=tuple(recipe.width * min(4, 2**i) for i in range(len(sides))),
            down_block_types=tuple(f"{kind}DownBlock2D" for kind in kinds),
            up_block_types=tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
            layers_per_block=2, dropout=recipe.diffusion.dropout, norm_num_groups=GROUPS,
            attention_head_dim=None,  # one head: on a CPU, sixteen narrow ones took a third of a step
        )  # fmt: skip

    def forward(self, noisy: Tensor, times: Tensor) -> Tensor:
        return self.net(noisy, times, return_dict=False)[0]


def forward_process(plan: Plan) -> DDPMScheduler:
    """Pictures to noise, in `plan.timesteps` steps."""
    return DDPMScheduler(plan.timesteps, beta_schedule=plan.beta_schedule)


def ddim(plan: Plan, steps: int) -> DDIMScheduler:
    """The way back in `steps` steps, without fresh noise: one noise, one picture."""
    scheduler = DDIMScheduler(plan.timesteps, beta_schedule=plan.beta_schedule, timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    return scheduler


def denoised(network: nn.Module, noise: Tensor, scheduler: DDIMScheduler) -> Tensor:
    """What DDIM makes of `noise`, step by step."""
    pictures = noise
    for time in scheduler.timesteps:
        told = network(pictures, time.to(noise.device).expand(len(noise)))
        pictures = scheduler.step(told, time, pictures, return_dict=False)[0]
    return pictures


class Diffusion(Model):
    """One network, one loss: mean squared error of the noise."""

    def __init__(self, recipe: Recipe, fabric: Fabric, planned: int) -> None:
        super().__init__(recipe, fabric, planned)
        self.denoiser = self.add("denoiser", Denoiser(recipe), recipe.rates.generator)
        self.average = self.averaged("denoiser")
        self.process = forward_process(recipe.diffusion)
        self.sampling_steps = recipe.diffusion.sampling_steps

    def noise(self, n: int, seed: int) -> Tensor:
        """Pictures of pure noise."""
        recipe = self.recipe
        return normal((n, recipe.channels, recipe.size, recipe.size), seed)

    @torch.no_grad()
    def decode(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures by DDIM, in `sampling_steps` steps."""
        scheduler = ddim(self.recipe.diffusion, self.sampling_steps)

        def make(part: slice) -> Tensor:
            return denoised(self.average.network, noise[part].to(self.fabric.device), scheduler).clamp(-1, 1)

        return in_parts(len(noise), SAMPLED_AT_ONCE, make)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Of noise at random times, one for each picture."""
        pictures = batch.pictures
        noise = torch.randn_like(pictures)
        times = torch.randint(self.recipe.diffusion.timesteps, (len(pictures),), device=pictures.device)
        noisy = self.process.add_noise(pictures, noise, times)  # type: ignore[arg-type]  # any whole numbers do
        return {"denoiser": F.mse_loss(self.denoiser(noisy, times), noise)}

    def step(self, batch: Batch) -> dict[str, float]:
        """One step of the denoiser."""
        loss = self.losses(batch)["denoiser"]
        norm = self.learn("denoiser", loss)
        self.steps += 1
        self.average.update(bare(self.denoiser), self.steps)
        return {"loss/denoiser": loss.item(), "gradient/denoiser": norm}
