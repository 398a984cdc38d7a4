"""Diffusion (DDPM, Ho et al. 2020): a network learns to tell the noise in a picture.

A picture x₀ at time t is x = √ᾱₜ x₀ + √(1 − ᾱₜ) ε, with ε standard normal. The network tells ε, or the velocity
v = √ᾱₜ ε − √(1 − ᾱₜ) x₀ (Salimans and Ho 2022), which says something of the picture where only noise is left, too.
Samples are drawn by DDIM (Song et al. 2021). U-Net and both schedulers come from `diffusers`.
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
TOGETHER = 16  # channels that are normalised together; with fewer, a CPU took four times as long for it
COARSEST = 8  # places on a side of the U-Net's last stage


class Denoiser(nn.Module):
    """Noisy pictures [n, channels, size, size] and times [n] to the noise, or the velocity, that is in them.

    Squares of `patch` pixels go in and come out as channels (Hoogeboom et al. 2023): the finest maps cost most.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        halvings(recipe.size)  # refuses sides that can't be halved
        plan = recipe.diffusion
        self.patch, channels = plan.patch, recipe.channels * plan.patch**2
        sides = [side for side in (recipe.size // plan.patch // 2**i for i in range(8)) if side >= COARSEST]
        kinds = ["Attn" if side == plan.attention_at else "" for side in sides]
        self.net = UNet2DModel(
            sample_size=sides[0], in_channels=channels, out_channels=channels,
            block_out_channels=tuple(recipe.width * min(plan.widest, 2**i) for i in range(len(sides))),
            down_block_types=tuple(f"{kind}DownBlock2D" for kind in kinds),
            up_block_types=tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
            layers_per_block=plan.blocks, dropout=plan.dropout, norm_num_groups=max(1, recipe.width // TOGETHER),
            attention_head_dim=None,  # one head: on a CPU, sixteen narrow ones took a third of a step
        )  # fmt: skip

    def forward(self, noisy: Tensor, times: Tensor) -> Tensor:
        squares = F.pixel_unshuffle(noisy, self.patch).contiguous(memory_format=torch.channels_last)
        return F.pixel_shuffle(self.net(squares, times, return_dict=False)[0].float(), self.patch)


def forward_process(plan: Plan) -> DDPMScheduler:
    """Pictures to noise, in `plan.timesteps` steps."""
    return DDPMScheduler(plan.timesteps, beta_schedule=plan.beta_schedule, prediction_type=plan.predicts)


def weights(plan: Plan, left: Tensor) -> Tensor:
    """How much the squared error counts at times of which `left` are the ᾱ.

    Seen as an error of the picture it counts as the ratio of signal to noise ᾱ / (1 − ᾱ), which `min_snr` bounds: times
    at which nearly all is to be seen would outweigh all others.
    """
    ratio = left / (1 - left)
    if not plan.min_snr:
        return torch.ones_like(left)
    return ratio.clamp(max=plan.min_snr) / (ratio if plan.predicts == "epsilon" else ratio + 1)


def ddim(plan: Plan, steps: int) -> DDIMScheduler:
    """The way back in `steps` steps, without fresh noise: one noise, one picture."""
    scheduler = DDIMScheduler(
        plan.timesteps, beta_schedule=plan.beta_schedule, prediction_type=plan.predicts, timestep_spacing="trailing"
    )
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
    """One network, one loss: mean squared error of what it tells."""

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

        with self.fabric.autocast():
            return in_parts(len(noise), SAMPLED_AT_ONCE, make)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Of noise at random times, one for each picture."""
        pictures, plan = batch.pictures, self.recipe.diffusion
        noise = torch.randn_like(pictures)
        times = torch.randint(plan.timesteps, (len(pictures),), device=pictures.device)
        noisy = self.process.add_noise(pictures, noise, times)  # type: ignore[arg-type]  # any whole numbers do
        sought = noise if plan.predicts == "epsilon" else self.process.get_velocity(pictures, noise, times)  # type: ignore[arg-type]
        errors = (self.denoiser(noisy, times) - sought).square().flatten(1).mean(1)
        left = self.process.alphas_cumprod.to(pictures.device)[times]
        return {"denoiser": (errors * weights(plan, left)).mean()}

    def step(self, batch: Batch) -> dict[str, float]:
        """One step of the denoiser."""
        loss = self.losses(batch)["denoiser"]
        norm = self.learn("denoiser", loss)
        self.steps += 1
        self.average.update(bare(self.denoiser), self.steps)
        return {"loss/denoiser": loss.item(), "gradient/denoiser": norm}
