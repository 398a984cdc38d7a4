"""Lets torchvision import beside a CPU build of torch.

On Linux the package index carries torchvision only as a CUDA build. Its compiled operators do not load beside
a CPU build of torch, and `import torchvision` (which timm needs) then ends in "operator torchvision::nms does not
exist". Nothing here calls those operators; that their schemas exist is enough.
"""

import contextlib
import importlib.util
from functools import cache
from pathlib import Path

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache  # which also keeps the library alive: the schemas go when it goes
def ensure_torchvision() -> torch.library.Library | None:
    """Declares the schemas that torchvision misses; does nothing where its own operators load."""
    _load_operators()
    if hasattr(torch.ops.torchvision, "nms"):
        return None
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    return library


def _load_operators() -> None:
    """What torchvision does first of all when it is imported."""
    spec = importlib.util.find_spec("torchvision")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for compiled in Path(folder).glob("_C*"):
            with contextlib.suppress(OSError):  # built for another torch
                torch.ops.load_library(compiled)
