"""The adversary's own parts as detectors, which answer as a `Panel` does.

discriminator   told real from fake while it trained, and knows the fakes that its own generator made on the way
f-anogan        saw genuine faces only: what its generator can't make again is not a genuine face
"""

from safetensors.torch import load
from torch import Tensor, nn

from core.detectors.card import Card
from core.devices import one_device
from core.generators.anogan import FAnoGAN
from core.generators.gan import GAN
from core.generators.model import bare
from core.generators.networks import settled
from core.generators.recipe import Recipe
from core.generators.zoo import build

Answer = tuple[Tensor, Tensor]  # logits [n] and maps [n, h, w] in 0–1; of kinds it says nothing
LUMA = (0.299, 0.587, 0.114)


class Discriminator(nn.Module):
    """A discriminator, turned round: where it says "real", a detector says nothing."""

    def __init__(self, gan: GAN) -> None:
        """ValueError where it judges more than a picture without a class."""
        super().__init__()
        self.network = settled(bare(gan.discriminator))
        self.channels = gan.recipe.channels
        if not hasattr(self.network, "places"):
            raise ValueError(f"The discriminator of a {gan.recipe.model} is no detector: it needs more than a picture.")

    def forward(self, crops: Tensor, _still: Tensor | None = None) -> Answer:
        """Of crops uint8 [n, size, size, 3]. A place's value is the answer if all places looked like it."""
        pictures = as_pictures(crops, self.channels)
        logits, places = -self.network(pictures), -self.network.places(pictures)  # type: ignore[operator]
        return logits, (places * places[0].numel()).sigmoid()


class Reconstruction(nn.Module):
    """An f-AnoGAN: the score is how anomalous a face is, the map where it could not be made again."""

    def __init__(self, parts: FAnoGAN) -> None:
        super().__init__()
        self.encoder, self.generator, self.critic = parts.encoder.eval(), parts.generator, parts.critic
        self.channels = parts.gan.recipe.channels
        self._parts = [parts]  # in a list, so that its networks are not named twice

    def forward(self, crops: Tensor, _still: Tensor | None = None) -> Answer:
        """Of crops uint8 [n, size, size, 3]. Scores begin at zero: calibration makes probabilities of them."""
        (parts,) = self._parts
        pictures = as_pictures(crops, self.channels)
        made = parts.generator(parts.encoder(pictures))
        scores = parts.anomaly(pictures, made)
        return scores, (pictures - made).abs().mean(1) / 2


def as_pictures(crops: Tensor, channels: int) -> Tensor:
    """Crops as a generator's networks see them: [n, channels, size, size] in −1…1."""
    pictures = crops.permute(0, 3, 1, 2).float() / 127.5 - 1
    if channels == 1:
        return (pictures * pictures.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    return pictures


def load_adversary(card: Card, weights: bytes) -> nn.Module:
    """The network that the card describes, with `weights` in safetensors format; RuntimeError where they don't fit."""
    gan = build(Recipe.model_validate(card.training["recipe"]), one_device())
    assert isinstance(gan, GAN)
    network = Discriminator(gan) if card.network == "discriminator" else Reconstruction(FAnoGAN(gan))
    network.load_state_dict(load(weights))
    return network
