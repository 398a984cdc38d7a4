"""What one training run of a generator is made of; read from a TOML file in `configs/generators/`."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ModelName = Literal["dcgan", "wgan", "wgan_gp", "sngan", "r3gan", "stackgan", "conditional", "cyclegan", "ddpm"]
AugmentStep = Literal["colour", "translation", "cutout"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rates(_Frozen):
    """How fast the two sides learn; different rates are the two time scales of Heusel et al. (2017)."""

    generator: float = Field(2e-4, gt=0)
    discriminator: float = Field(2e-4, gt=0)
    optimizer: Literal["adam", "rmsprop"] = "adam"
    betas: tuple[float, float] = Field((0.5, 0.999), description="of Adam")
    schedule: Literal["constant", "linear", "cosine", "second_half"] = "constant"
    warmup: float = Field(0.0, ge=0, lt=1, description="share of the run in which rates rise from nothing")


class Stabilisers(_Frozen):
    """What steadies the game; each is off at its default."""

    spectral_norm: bool = Field(False, description="in the discriminator")
    label_smoothing: float = Field(0.0, ge=0, lt=0.5, description="of the real label, one-sided")
    instance_noise: float = Field(
        0.0, ge=0, description="deviation of noise on all that is judged; falls to nothing over the run"
    )
    augment: tuple[AugmentStep, ...] = ()
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the averaged generator, which is the one that samples")
    clip_norm: float = Field(0.0, ge=0, description="largest gradient norm of either side; 0 for any")
    weight_clip: float = Field(0.0, ge=0, description="largest weight of the critic, plain WGAN's way; 0 for any")
    gradient_penalty: float = Field(0.0, ge=0, description="weight λ of E (‖∇‖ − 1)² between real and fake")
    r1: float = Field(0.0, ge=0, description="weight γ of ½ E ‖∇‖² on real pictures")
    r2: float = Field(0.0, ge=0, description="weight γ of ½ E ‖∇‖² on fake pictures")
    penalty_every: int = Field(1, gt=0, description="steps between penalties, which then weigh as many times more")


class Cycle(_Frozen):
    """What a CycleGAN needs beside the rest (Zhu et al. 2017)."""

    weight: float = Field(10.0, ge=0, description="of the cycle loss")
    identity: float = Field(5.0, ge=0, description="of leaving alone what is of the target domain already")
    blocks: int = Field(6, gt=0, description="residual blocks in the middle of each generator")
    remembered: int = Field(50, ge=0, description="earlier fakes that the discriminators are shown again")


class Diffusion(_Frozen):
    """What a diffusion model needs beside the rest (Ho et al. 2020)."""

    timesteps: int = Field(1000, gt=0)
    beta_schedule: Literal["linear", "squaredcos_cap_v2"] = "linear"
    predicts: Literal["epsilon", "v_prediction"] = Field("epsilon", description="the noise, or the velocity")
    min_snr: float = Field(0.0, ge=0, description="γ that bounds a time's weight (Hang et al. 2023); 0 for none")
    patch: int = Field(1, gt=0, description="side of the squares of pixels that the U-Net takes for one, px")
    widest: int = Field(4, gt=0, description="channels of the coarsest stage, in widths")
    blocks: int = Field(2, gt=0, description="residual blocks of each stage on the way down; one more on the way up")
    attention_at: int = Field(16, gt=0, description="side at which every place is related to every other, in patches")
    sampling_steps: int = Field(50, gt=0, description="of DDIM (Song et al. 2021), when samples are drawn")
    dropout: float = Field(0.1, ge=0, lt=1)


class Transfer(_Frozen):
    """Where a run starts, if not from random weights."""

    run: str = Field("", description="folder of the run whose weights it takes over; empty for none")
    frozen: float = Field(0.0, ge=0, lt=1, description="share of the discriminator's weights that stay as they were")


class Recipe(_Frozen):
    """Every choice of a run, so that the file and the data are all that is needed to repeat it."""

    name: str = Field(description="of the run folder")
    model: ModelName
    size: int = Field(ge=32, le=256, description="side of the pictures, px, a multiple of 16")
    channels: Literal[1, 3] = Field(3, description="1 for grey")
    crop: float = Field(1.0, gt=0, le=1, description="side of the central square, as a share of the shorter side")
    latent: int = Field(100, gt=0, description="numbers that a picture is made of")
    width: int = Field(64, gt=0, description="channels of the finest stage")
    classes: int = Field(0, ge=0, description="of a conditional model; 2 for a CycleGAN, its two domains")
    attribute: str = Field("", description="column of CelebA's table that says a picture's class")
    split: str = Field("", description="top folder of FER2013 to learn from; empty for all")
    held_out: float = Field(0.0, ge=0, lt=1, description="share of the people that the run never sees")
    loss: Literal["bce", "least_squares", "hinge", "relativistic", "wasserstein"] = "bce"
    batch: int = Field(128, gt=0)
    epochs: float = Field(10, gt=0, description="length of the run; schedules stretch over it")
    critic_steps: int = Field(1, gt=0, description="steps of the discriminator for each of the generator")
    flip: bool = Field(True, description="every other picture mirrored")
    rates: Rates = Rates()
    stabilisers: Stabilisers = Stabilisers()
    cycle: Cycle = Cycle()
    diffusion: Diffusion = Diffusion()
    transfer: Transfer = Transfer()
    checkpoint_every: int = Field(100, gt=0, description="steps")
    evaluate_every: float = Field(1, gt=0, description="epochs between KID, grid and a look for collapse")
    evaluated: int = Field(500, gt=1, description="samples, and real pictures, that KID is computed on meanwhile")
    seed: int = 0

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """The recipe in a TOML file; ValueError with the field's name where it does not fit."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
