"""Autoencoders of faces, small ones: what they give back of a genuine face is a fake whose original is at hand.

Tools for swaps and re-enactment and latent diffusion alike paint with a decoder, and how it enlarges leaves traces
(Odena et al. 2016, "Deconvolution and checkerboard artifacts"). A genuine picture and what an autoencoder makes of it
show the same person, light and pose, so that nothing else tells the two apart (Rajan et al. 2025, "Aligned datasets
improve detection of latent diffusion-generated images"). Each of the bank enlarges in another way.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.devices import one_device
from core.training.face_sets import FaceSet
from core.training.fakes import Image

Repaint = Callable[[Image], Image]

FOLDER = "autoencoders"  # among the runs
HALVINGS = {"nearest": 2, "transposed": 2, "bilinear": 3, "shuffle": 3}  # of each of the bank, from picture to code
WIDTH, CODE = 24, 12  # channels: of the finest stage, and of the code
PATCH, BATCH = 104, 12  # px, and patches a step
LEARNING_RATE = 2e-3
DETAIL = 1.0  # weight of the finest detail in the loss: without it all that comes back is soft


def _enlarging(way: str, channels: int, out: int) -> nn.Module:
    """A layer that doubles the sides of a picture."""
    match way:
        case "transposed":
            return nn.ConvTranspose2d(channels, out, 4, stride=2, padding=1)
        case "shuffle":  # Shi et al. 2016
            return nn.Sequential(nn.Conv2d(channels, 4 * out, 3, padding=1), nn.PixelShuffle(2))
        case _:
            return nn.Sequential(nn.Upsample(scale_factor=2, mode=way), nn.Conv2d(channels, out, 3, padding=1))


class Autoencoder(nn.Module):
    """Pictures [n, 3, h, w] in 0–1, with sides of multiples of 8, to a code a fourth or an eighth as wide, and back."""

    def __init__(self, way: str) -> None:
        """`way` of enlarging, one of `HALVINGS`."""
        super().__init__()
        widths = [WIDTH * 2**stage for stage in range(HALVINGS[way] + 1)]
        steps = list(pairwise(widths))
        self.encoder = nn.Sequential(
            nn.Conv2d(3, WIDTH, 3, padding=1),
            *(part for a, b in steps for part in (nn.SiLU(), nn.Conv2d(a, b, 3, stride=2, padding=1))),
            nn.SiLU(),
            nn.Conv2d(widths[-1], CODE, 3, padding=1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(CODE, widths[-1], 3, padding=1),
            *(part for a, b in reversed(steps) for part in (nn.SiLU(), _enlarging(way, b, a))),
            nn.SiLU(),
            nn.Conv2d(WIDTH, 3, 3, padding=1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """What is left of the `pictures`."""
        return self.decoder(self.encoder(pictures - 0.5)) + 0.5


def learn(model: Autoencoder, faces: FaceSet, steps: int, seed: int, accelerator: str = "cpu") -> Iterator[float]:
    """Teaches `model` the real faces of the train split; gives the loss of each step."""
    fabric = one_device(accelerator, "auto")
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    network, optimizer = fabric.setup(model, torch.optim.AdamW(model.parameters(), LEARNING_RATE))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    rng, reals = np.random.default_rng(seed), faces.where(label="real", split="train")
    for _ in range(steps):
        patches = fabric.to_device(_patches(faces, rng.choice(reals, BATCH), rng))
        loss = distance(network(patches), patches)
        fabric.backward(loss)
        fabric.clip_gradients(network, optimizer, max_norm=1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        yield loss.item()


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Mean difference of two stacks of pictures, and of their finest detail."""
    return F.l1_loss(one, other) + DETAIL * F.l1_loss(_detail(one), _detail(other))


def _detail(pictures: Tensor) -> Tensor:
    return pictures - F.avg_pool2d(pictures, 3, stride=1, padding=1, count_include_pad=False)


def _patches(faces: FaceSet, places: NDArray[np.intp], rng: np.random.Generator) -> Tensor:
    """A random square of each face, [n, 3, patch, patch] in 0–1."""
    room = faces.images[0].shape[0] - PATCH
    corners = rng.integers(0, room + 1, (len(places), 2))
    cut = [faces.images[i][y : y + PATCH, x : x + PATCH] for i, (y, x) in zip(places, corners, strict=True)]
    return torch.from_numpy(np.stack(cut)).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last) / 255


def weights(folder: Path, way: str) -> Path:
    """Where the weights of an autoencoder lie among others in `folder`."""
    return folder / f"{way}.safetensors"


def save(model: Autoencoder, folder: Path, way: str) -> None:
    """Writes the weights to where `bank` looks for them, whole or not at all: what lies there is not learned again."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = weights(folder, way).with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, beside)
    beside.replace(weights(folder, way))


def bank(folder: Path) -> list[Repaint]:
    """All autoencoders, from `folder`; FileNotFoundError with what to do where one is missing."""
    return [partial(_repainted, _loaded(folder, way)) for way in HALVINGS]


def _loaded(folder: Path, way: str) -> Autoencoder:
    path = weights(folder, way)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. Train it: python -m scripts.train_autoencoders --out {folder}")
    model = Autoencoder(way)
    model.load_state_dict(load_file(path))
    return model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.inference_mode()
def _repainted(model: Autoencoder, image: Image) -> NDArray[np.uint8]:
    picture = torch.from_numpy(np.array(image))[None].permute(0, 3, 1, 2) / 255
    painted = model(picture)[0].permute(1, 2, 0).clamp(0, 1) * 255
    return painted.round().to(torch.uint8).numpy()
