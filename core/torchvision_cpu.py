"""Lets torchvision import beside a CPU build of torch.

On Linux the package index carries torchvision only as a CUDA build. Its compiled operators do not load beside
a CPU build of torch, and `import torchvision` (which timm needs) then ends in "operator torchvision::nms does not
exist". Nothing here calls those operators; that their schemas exist is enough.
"""

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: torch.library.Library | None = None  # the schemas live as long as this object


def ensure_torchvision() -> None:
    """Declares the schemas that torchvision misses when torch has no CUDA; does nothing elsewhere, or twice."""
    global _library
    if _library is not None or torch.version.cuda is not None:
        return
    _library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        _library.define(schema)
