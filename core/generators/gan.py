"""Two networks against each other: the training step that all GANs here share.

What differs between them (networks, loss, what steadies them) comes from the recipe; `zoo.py` puts them together.
"""

from collections.abc import Callable

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from core.generators import losses
from core.generators.augment import augmented
from core.generators.model import Batch, Model, bare, frozen, in_parts, normal
from core.generators.penalties import Views, gradient_penalty, zero_centred
from core.generators.recipe import Recipe
from core.generators.wgan_gp import clip_weights

SAMPLED_AT_ONCE = 128


def one_view(pictures: Tensor) -> Views:
    """Most discriminators look at a picture in one size."""
    return (pictures,)


def no_own_loss(views: Views) -> Tensor:
    """Most generators are judged by the discriminator alone."""
    return views[0].new_zeros(())


class GAN(Model):
    """A generator, a discriminator, and the step that improves one after the other."""

    def __init__(
        self, recipe: Recipe, fabric: Fabric, planned: int, generator: nn.Module, discriminator: nn.Module,
        views: Callable[[Tensor], Views] = one_view, own_loss: Callable[[Views], Tensor] = no_own_loss,
    ) -> None:  # fmt: skip
        """`views`: a real picture as the discriminator sees it; `own_loss`: the generator's, beside the adversarial."""
        super().__init__(recipe, fabric, planned)
        self.loss = losses.named(recipe.loss, recipe.stabilisers.label_smoothing)
        self.views, self.own_loss = views, own_loss
        self.generator = self.add("generator", generator, recipe.rates.generator)
        self.discriminator = self.add("discriminator", discriminator, recipe.rates.discriminator)
        self.average = self.averaged("generator")

    def noise(self, n: int, seed: int) -> Tensor:
        """Latents [n, latent]."""
        return normal((n, self.recipe.latent), seed)

    @torch.no_grad()
    def decode(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures of latents; where classes are needed and none given, they take turns."""
        labels = self._classes(len(noise)) if labels is None else labels

        def make(part: slice) -> Tensor:
            device = self.fabric.device
            chosen = None if labels is None else labels[part].to(device)
            return _as_views(self.average.network(noise[part].to(device), chosen))[-1].clamp(-1, 1)

        return in_parts(len(noise), SAMPLED_AT_ONCE, make)

    @torch.no_grad()
    def features(self, pictures: Tensor) -> Tensor:
        """What the discriminator sees in pictures [n, …], [n, channels]: it learned faces without a label."""
        judge = bare(self.discriminator)
        learning = judge.training
        found: Tensor = judge.eval().features(pictures.to(self.fabric.device))  # type: ignore[operator]
        judge.train(learning)
        return found.cpu()

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The adversarial losses and every penalty of the recipe, weighted."""
        fake = self._fakes(batch)
        real_out, fake_out = self._judged(batch, detached(fake))
        sides = {
            "discriminator": self.loss.discriminator(real_out, fake_out),
            "generator": self.loss.generator(real_out, fake_out) + self.own_loss(fake),
        }
        return sides | self._penalties(batch, detached(fake))

    def step(self, batch: Batch) -> dict[str, float]:
        """The discriminator learns from every batch, the generator from every `critic_steps`-th."""
        figures = self._improve_discriminator(batch)
        if (self.steps + 1) % self.recipe.critic_steps == 0:
            figures |= self._improve_generator(batch)
            self.average.update(bare(self.generator), (self.steps + 1) // self.recipe.critic_steps)
        self.steps += 1
        return figures

    def _improve_discriminator(self, batch: Batch) -> dict[str, float]:
        with torch.no_grad():
            fake = self._fakes(batch)
        real_out, fake_out = self._judged(batch, fake)
        parts = {"discriminator": self.loss.discriminator(real_out, fake_out)}
        if self.steps % self.recipe.stabilisers.penalty_every == 0:
            parts |= self._penalties(batch, fake)
        norm = self.learn("discriminator", torch.stack(list(parts.values())).sum())
        if self.recipe.stabilisers.weight_clip:
            clip_weights(bare(self.discriminator), self.recipe.stabilisers.weight_clip)
        figures = {f"loss/{name}": value.item() for name, value in parts.items()}
        return figures | told_apart(real_out.detach(), fake_out.detach()) | {"gradient/discriminator": norm}

    def _improve_generator(self, batch: Batch) -> dict[str, float]:
        with frozen(bare(self.discriminator)):
            fake = self._fakes(batch)
            fake_out = self._judge(fake, batch.labels)
            # Only a relativistic generator cares how real pictures are judged.
            real_out = self._judge(self.views(batch.pictures), batch.labels) if self._relativistic else fake_out
            loss = self.loss.generator(real_out, fake_out) + self.own_loss(fake)
            norm = self.learn("generator", loss)
        return {"loss/generator": loss.item(), "gradient/generator": norm}

    @property
    def _relativistic(self) -> bool:
        return self.recipe.loss == "relativistic"

    def _fakes(self, batch: Batch) -> Views:
        latents = torch.randn(len(batch.pictures), self.recipe.latent, device=batch.pictures.device)
        return _as_views(self.generator(latents, batch.labels))

    def _judged(self, batch: Batch, fake: Views) -> tuple[Tensor, Tensor]:
        """The discriminator's outputs on real and fake; in two passes, so that batch statistics don't mix."""
        return self._judge(self.views(batch.pictures), batch.labels), self._judge(fake, batch.labels)

    def _judge(self, views: Views, labels: Tensor | None) -> Tensor:
        return self.discriminator(*(self._disturbed(view) for view in views), labels=labels)

    def _disturbed(self, pictures: Tensor) -> Tensor:
        """Augmented, and under noise that falls to nothing over the run (Sønderby et al. 2017)."""
        steadied = self.recipe.stabilisers
        pictures = augmented(pictures, steadied.augment)
        if deviation := steadied.instance_noise * (1 - self.done):
            pictures = pictures + deviation * torch.randn_like(pictures)
        return pictures

    def _penalties(self, batch: Batch, fake: Views) -> dict[str, Tensor]:
        """Weighted, in full precision: gradients of gradients lose too much in bf16."""
        steadied = self.recipe.stabilisers

        def score(views: Views) -> Tensor:
            disturbed = [augmented(view, steadied.augment) for view in views]
            return bare(self.discriminator)(*disturbed, labels=batch.labels)

        real = self.views(batch.pictures)
        parts = {}
        if weight := steadied.gradient_penalty * steadied.penalty_every:
            parts["gradient_penalty"] = weight * gradient_penalty(score, real, fake)
        if weight := steadied.r1 * steadied.penalty_every:
            parts["r1"] = weight * zero_centred(score, real)
        if weight := steadied.r2 * steadied.penalty_every:
            parts["r2"] = weight * zero_centred(score, fake)
        return parts

    def _classes(self, n: int) -> Tensor | None:
        return torch.arange(n) % self.recipe.classes if self.recipe.classes else None


def told_apart(real: Tensor, fake: Tensor) -> dict[str, float]:
    """Mean probability of "real" on both, and the share of pairs that are told apart, whatever the loss's scale."""
    right = (real[:, None] > fake[None, :]).float().mean()
    return {
        "d/real": real.sigmoid().mean().item(),
        "d/fake": fake.sigmoid().mean().item(),
        "d/accuracy": right.item(),
    }


def detached(views: Views) -> Views:
    """The same pictures, cut off from the generator."""
    return tuple(view.detach() for view in views)


def _as_views(pictures: Tensor | Views) -> Views:
    return pictures if isinstance(pictures, tuple) else (pictures,)
