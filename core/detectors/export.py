"""From trained networks to the two files that ship: their weights, and the same networks as an ONNX graph."""

import hashlib
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from core.detectors.registry import GRAPH, WEIGHTS

OPSET = 17


def export(panel: nn.Module, size: int, folder: Path) -> tuple[str, str]:
    """Writes both files for crops of `size` px; gives their SHA-256, the weights' first.

    `panel` is a `Panel`, or an adversary that answers as one does.
    """
    panel.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stubs lack it
    save_file(panel.state_dict(), folder / WEIGHTS)
    _write_graph(panel, size, folder / GRAPH)
    return _sha256(folder / WEIGHTS), _sha256(folder / GRAPH)


def _write_graph(panel: nn.Module, size: int, path: Path) -> None:
    crops = torch.zeros(1, size, size, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The newer exporter needs two more packages, and writes the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(panel, (crops,), path, dynamo=False, opset_version=OPSET, input_names=["crops"])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
