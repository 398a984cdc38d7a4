"""A detector made of one `FaceNet`: scores crops, and shows where it looked."""

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor

from core.detectors.card import Card
from core.detectors.networks import FaceNet
from core.evidence import ModelRef
from core.explain.cam import class_activation


class FaceNetDetector:
    """Weights and their card, ready to score."""

    def __init__(self, card: Card, weights: bytes) -> None:
        """`weights` in safetensors format; RuntimeError where they do not fit the card's architecture."""
        self.card = card
        self.ref = ModelRef(card.name, card.version, card.sha256)
        self._net = FaceNet(card.architecture)
        self._net.load_state_dict(load(weights))
        self._net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        # One crop is too small a task to share. The other cores decode meanwhile, and threads that wait for each
        # other on busy cores made a crop many times slower.
        torch.set_num_threads(1)

    @torch.inference_mode()
    def score(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits [n] of crops [n, size, size, 3] RGB; positive means manipulated.

        One crop at a time: in a batch the last bits of a score depend on the company it is in, and evidence that
        changes with the batch size is hard to defend.
        """
        return np.array([self._net(_tensor(crop)).item() for crop in crops], np.float32)

    @torch.inference_mode()
    def heat(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Where the network saw manipulation, [n, size, size] in 0–1; all zero where it saw none."""
        weight = self._net.backbone.classifier.weight[0]
        maps = [
            class_activation(self._net.features(_tensor(crop)), weight, self.card.crop.size) for crop in crops
        ]
        return torch.cat(maps).numpy()


def _tensor(crop: NDArray[np.uint8]) -> Tensor:
    picture = torch.from_numpy(np.ascontiguousarray(crop)).permute(2, 0, 1)[None].float()
    return picture.contiguous(memory_format=torch.channels_last)
