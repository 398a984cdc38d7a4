"""A detector made of a `Panel` or what answers as one: scores crops, and shows where it saw manipulation.

On a CPU the exported graph runs in ONNX Runtime: three times as fast as torch there, and torch need not be loaded.
On a GPU torch runs the weights that the graph was made from. The two differ in the last digits of a score, so evidence
names the device; and a GPU is only taken when it has shown, as it is loaded, that it differs by no more.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.detectors.card import Card
from core.errors import AnalysisFailed
from core.evidence import MediaKind, ModelRef
from core.explain.heat import grown

if TYPE_CHECKING:
    from torch import nn

CPU = "CPU"
SAME = 1e-3  # by which no answer of a GPU may differ from the CPU's: a logit, or a point of a map
GPU_FULL = "The GPU has no memory left for an analysis. Try it again when nothing learns there, or set TELLTALE_GPU=0."
AT_ONCE = 2  # crops that are scored on a CPU side by side: laptops have two cores to spare

Outputs = tuple[NDArray[np.float32], ...]  # logits [n], maps [n, h, w] in 0–1, last the logits [n, kinds]
Network = Callable[[NDArray[np.uint8], bool], Outputs]  # of crops [n, size, size, 3] RGB, and whether they are stills

log = logging.getLogger("telltale.detector")


class FaceNetDetector:
    """A network and its card, ready to score."""

    def __init__(self, card: Card, network: Network, device: str = CPU) -> None:
        self.card, self.network, self.device = card, network, device
        self.ref = ModelRef(card.name, card.version, card.sha256)

    def score(self, crops: NDArray[np.uint8], kind: MediaKind) -> NDArray[np.float32]:
        """Logits [n] of crops [n, size, size, 3] RGB out of clips or stills; positive means manipulated."""
        return self.network(crops, kind == "image")[0]

    def heat(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Where the network saw manipulation, [n, size, size] in 0–1; near zero where it saw none."""
        return grown(self.network(crops, False)[1], self.card.crop.size)

    def kinds(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits [n, kinds] of the kinds that the card names."""
        return self.network(crops, False)[-1]


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
    asks = {given.name for given in session.get_inputs()}  # an adversary says the same of clips and stills

    def run(crops: NDArray[np.uint8], still: bool) -> Outputs:
        told = {"still": np.array(still)} if "still" in asks else {}
        each = list(threads.map(lambda crop: session.run(None, {"crops": crop[None], **told}), crops))
        return tuple(np.concatenate(output) for output in zip(*each, strict=True))

    return run


def on_gpu(detector: FaceNetDetector, weights: bytes, device: str = "cuda") -> FaceNetDetector:
    """The same detector on the first GPU; the one on the CPU where the GPU can't be used or says something else."""
    try:
        network = in_torch(detector.card, weights, device)
        apart = _apart(network, detector)
        name = _name(device)
    except Exception as error:  # noqa: BLE001  (torch, CUDA and the driver fail in ways of their own)
        log.warning("the CPU scores, for the GPU can't be used: %s", str(error).partition("\n")[0])
        return detector
    if apart > SAME:
        log.warning("the CPU scores, for the GPU's answers are up to %g away from its own", apart)
        return detector
    return FaceNetDetector(detector.card, network, name)


def in_torch(card: Card, weights: bytes, device: str) -> Network:
    """The `weights`, in safetensors format, on a device of torch's; RuntimeError where they don't fit.

    Each crop by itself, as on a CPU, in full precision and by the same steps every time.
    """
    import torch

    network = _network(card, weights).eval().to(device)

    def run(crops: NDArray[np.uint8], still: bool) -> Outputs:
        told = torch.tensor(still)
        try:
            with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
                each = [network(torch.from_numpy(np.array(crop[None])).to(device), told) for crop in crops]
        except torch.OutOfMemoryError as full:
            raise AnalysisFailed("gpu_memory", GPU_FULL) from full
        return tuple(torch.cat(output).cpu().numpy() for output in zip(*each, strict=True))

    return run


def _apart(network: Network, detector: FaceNetDetector) -> float:
    """How far two networks' answers are apart at most, on crops of noise."""
    side = detector.card.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    both = [(network(crops, still), detector.network(crops, still)) for still in (True, False)]
    return max(float(np.abs(ours - theirs).max()) for pair in both for ours, theirs in zip(*pair, strict=True))


def _name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device)


def _network(card: Card, weights: bytes) -> "nn.Module":
    if card.network == "panel":
        from core.detectors.networks import load_panel

        return load_panel(card, weights)
    from core.detectors.adversaries import load_adversary

    return load_adversary(card, weights)
