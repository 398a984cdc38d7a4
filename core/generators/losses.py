"""The adversarial losses, by name. Each takes the discriminator's raw outputs on real and on fake pictures, [n].

bce            Goodfellow et al. 2014, the generator's in its non-saturating form
least_squares  Mao et al. 2017, targets 1 and 0
hinge          Lim and Ye 2017; Miyato et al. 2018
relativistic   Jolicoeur-Martineau 2019, in the paired form of R3GAN (Huang et al. 2024)
wasserstein    Arjovsky et al. 2017; needs clipped weights or a gradient penalty
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

Score = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """What each side minimises, as a function of (real outputs, fake outputs)."""

    discriminator: Score
    generator: Score


def named(name: str, label_smoothing: float = 0.0) -> Loss:
    """The loss called `name`; ValueError where there is none, or where its targets can't be smoothed."""
    if name in SMOOTHABLE:
        return SMOOTHABLE[name](1 - label_smoothing)
    if label_smoothing:
        raise ValueError(f"{name} has no labels to smooth; only {', '.join(SMOOTHABLE)} have.")
    if name not in PLAIN:
        raise ValueError(f"There is no loss {name!r}; there are {', '.join([*SMOOTHABLE, *PLAIN])}.")
    return PLAIN[name]


def bce(real_label: float = 1.0) -> Loss:
    """Binary cross-entropy; with `real_label` < 1 one-sided label smoothing (Salimans et al. 2016)."""

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        to_real = real_label * F.softplus(-real) + (1 - real_label) * F.softplus(real)
        return to_real.mean() + F.softplus(fake).mean()

    return Loss(discriminator, lambda _, fake: F.softplus(-fake).mean())


def least_squares(real_label: float = 1.0) -> Loss:
    """Half the squared distance to the labels; the generator aims at a full 1."""

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return ((real - real_label).square().mean() + fake.square().mean()) / 2

    return Loss(discriminator, lambda _, fake: (fake - 1).square().mean() / 2)


HINGE = Loss(
    lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    lambda _, fake: -fake.mean(),
)
RELATIVISTIC = Loss(
    lambda real, fake: F.softplus(fake - real).mean(),
    lambda real, fake: F.softplus(real - fake).mean(),
)
WASSERSTEIN = Loss(
    lambda real, fake: fake.mean() - real.mean(),
    lambda _, fake: -fake.mean(),
)

SMOOTHABLE: dict[str, Callable[[float], Loss]] = {"bce": bce, "least_squares": least_squares}
PLAIN = {"hinge": HINGE, "relativistic": RELATIVISTIC, "wasserstein": WASSERSTEIN}
