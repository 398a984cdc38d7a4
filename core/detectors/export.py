"""From trained networks to the two files that ship: their weights, and the same networks as an ONNX graph."""

import copy
import hashlib
import warnings
from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import nn

from core.detectors.networks import Panel
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
    crops, still = torch.zeros(1, size, size, 3, dtype=torch.uint8), torch.tensor(True)
    asked = (crops, still) if isinstance(panel, Panel) else (crops,)
    program = _branching(panel, size) if isinstance(panel, Panel) else panel
    with warnings.catch_warnings():
        # The newer exporter needs two more packages, and writes the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)  # that a program doesn't say what its arguments are called
        torch.onnx.export(
            program, asked, path, dynamo=False, opset_version=OPSET, input_names=["crops", "still"][: len(asked)]
        )
    written = onnx.load(path)
    for branch in [part.g for node in written.graph.node for part in node.attribute if part.HasField("g")]:
        _drop_copies(branch)
    onnx.save(written, path)


def _drop_copies(branch: onnx.GraphProto) -> None:
    """Leaves the first of constants that are alike: an expert that is asked twice was written twice."""
    first: dict[bytes, str] = {}
    named = {node.output[0]: first.setdefault(node.attribute[0].SerializeToString(), node.output[0])
             for node in branch.node if node.op_type == "Constant"}  # fmt: skip
    kept = [node for node in branch.node if named.get(node.output[0], node.output[0]) == node.output[0]]
    for node in kept:
        node.input[:] = [named.get(name, name) for name in node.input]
    del branch.node[:]
    branch.node.extend(kept)


def _branching(panel: Panel, size: int) -> torch.jit.ScriptModule:
    """The panel as a program: a trace alone would know one way, and ask every expert about everything.

    The experts in it are traces with their normalisation folded in, for ONNX Runtime folds nothing inside of a branch.
    """
    program = copy.deepcopy(panel)
    pictures = torch.zeros(1, 3, size, size)
    program.experts = nn.ModuleList([torch.jit.trace(one, pictures) for one in program.experts])
    return torch.jit.freeze(torch.jit.script(program.eval()))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
