"""How detectors learn: fakes made from real faces, degradation, data, the loop, checkpoints."""

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()  # before Lightning and timm, which import torchvision
