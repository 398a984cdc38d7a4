"""A detector made of a `Panel` or what answers as one: scores crops, and shows where it saw manipulation.

On a CPU the exported graph runs in ONNX Runtime: three times as fast as torch there, and torch need not be loaded.
On a GPU torch runs the weights that the graph was made from.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.detectors.card import Card
from core.evidence import ModelRef
from core.explain.heat import grown

if TYPE_CHECKING:
    from torch import nn

AT_ONCE = 2  # crops that are scored on a CPU side by side: laptops have two cores to spare

Outputs = tuple[NDArray[np.float32], ...]  # logits [n], maps [n, h, w] in 0–1, logits [n, experts] and [n, kinds]
Network = Callable[[NDArray[np.uint8]], Outputs]  # of crops [n, size, size, 3] RGB


class FaceNetDetector:
    """A network and its card, ready to score."""

    def __init__(self, card: Card, network: Network) -> None:
        self.card = card
        self.ref = ModelRef(card.name, card.version, card.sha256)
        self._network = network

    def score(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits [n] of crops [n, size, size, 3] RGB; positive means manipulated."""
        return self._network(crops)[0]

    def heat(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Where the network saw manipulation, [n, size, size] in 0–1; near zero where it saw none."""
        return grown(self._network(crops)[1], self.card.crop.size)

    def kinds(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits [n, kinds] of the kinds that the card names."""
        return self._network(crops)[3]


def on_cpu(graph: bytes) -> Network:
    """The exported `graph`; onnxruntime's own exceptions where it is none.

    Each crop by itself: in a batch the last bits of a score depend on the company it is in, and evidence that changes
    with the batch size is hard to defend. On one thread each, but `AT_ONCE` of them at a time.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; it warns of machines that it can't make out
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    threads = ThreadPoolExecutor(AT_ONCE, "score")

    def run(crops: NDArray[np.uint8]) -> Outputs:
        each = list(threads.map(lambda crop: session.run(None, {"crops": crop[None]}), crops))
        return tuple(np.concatenate(output) for output in zip(*each, strict=True))

    return run


def on_gpu(card: Card, weights: bytes) -> Network:
    """The `weights`, in safetensors format, on the first CUDA device; RuntimeError where they don't fit."""
    import torch

    panel = _network(card, weights).eval().to("cuda")

    def run(crops: NDArray[np.uint8]) -> Outputs:
        with torch.inference_mode():
            found = panel(torch.from_numpy(np.ascontiguousarray(crops)).to("cuda"))
        return tuple(output.cpu().numpy() for output in found)

    return run


def _network(card: Card, weights: bytes) -> "nn.Module":
    if card.network == "panel":
        from core.detectors.networks import load_panel

        return load_panel(card, weights)
    from core.detectors.adversaries import load_adversary

    return load_adversary(card, weights)
