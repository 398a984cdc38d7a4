"""Generators of faces: networks, losses and what steadies them, training, and how good the pictures are."""

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()  # before Lightning and diffusers, which import torchvision
