"""Small networks to be compared with, under names that timm's `create_model` then knows.

meso4, mesoinception4   Afchar et al. 2018, "MesoNet": the old small anchors, for crops of 256 px
image_statistics        a logistic regression on what a whole picture is like: light, contrast, colour, fine detail.
                        It sees no face and no trace. Where it tells real from fake, the data leak

They learn, ship and are scored as any other backbone; all begin from chance.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()
from timm.models import register_model  # noqa: E402  (needs torchvision, see above)

BASELINES = ("meso4", "mesoinception4", "image_statistics")
STRIDE = 16  # of the places that the mask head judges
STAGES = 4  # so that the last of them is where a backbone of stride 16 has its own


class _Backbone(nn.Module):
    """What `FaceNet` and `MaskedFaceNet` ask of a backbone."""

    mean = std = (0.5, 0.5, 0.5)

    def __init__(self, num_features: int, channels: int, num_classes: int) -> None:
        """`channels` of the map at `STRIDE`."""
        super().__init__()
        self.num_features = num_features
        self.default_cfg = {"mean": self.mean, "std": self.std}
        self.feature_info = [{"num_chs": channels, "reduction": STRIDE}] * STAGES
        self.classifier = nn.Linear(num_features, num_classes)

    def forward_intermediates(self, x: Tensor, indices: list[int]) -> tuple[Tensor, list[Tensor]]:
        """The last feature map, and the map at `STRIDE` whichever index is asked for."""
        return self.forward_features(x), [self.places(x) for _ in indices]

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits [n, classes] of the last feature map, or what the classifier is given [n, num_features]."""
        pooled = self.pooled(x)
        return pooled if pre_logits else self.classifier(pooled)

    def get_classifier(self) -> nn.Module:
        """The last layer."""
        return self.classifier

    def forward_features(self, x: Tensor) -> Tensor:
        """The last feature map of pictures [n, 3, size, size]."""
        raise NotImplementedError

    def places(self, x: Tensor) -> Tensor:
        """A map [n, channels, size / 16, size / 16] of pictures."""
        raise NotImplementedError

    def pooled(self, features: Tensor) -> Tensor:
        """The last feature map as [n, num_features]."""
        raise NotImplementedError


class Meso(_Backbone):
    """MesoNet: two blocks that differ between its versions, two of 5 × 5, and a small perceptron."""

    def __init__(self, first: nn.Module, second: nn.Module, channels: tuple[int, int], num_classes: int) -> None:
        super().__init__(16, 16, num_classes)
        self.early = nn.Sequential(
            first, nn.BatchNorm2d(channels[0]), nn.MaxPool2d(2),
            second, nn.BatchNorm2d(channels[1]), nn.MaxPool2d(2),
            _seen(channels[1], 16, 5), nn.BatchNorm2d(16), nn.MaxPool2d(2),
        )  # fmt: skip
        self.late = nn.Sequential(_seen(16, 16, 5), nn.BatchNorm2d(16), nn.MaxPool2d(4))
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(8),  # changes nothing at 256 px
            nn.Flatten(), nn.Dropout(0.5), nn.Linear(1024, 16), nn.LeakyReLU(0.1), nn.Dropout(0.5),
        )  # fmt: skip

    def forward_features(self, x: Tensor) -> Tensor:
        """[n, 16, size / 32, size / 32]."""
        return self.late(self.early(x))

    def places(self, x: Tensor) -> Tensor:
        """What comes before the last block, at half its resolution."""
        return F.avg_pool2d(self.early(x), 2)

    def pooled(self, features: Tensor) -> Tensor:
        """The perceptron's hidden layer."""
        return self.head(features)


class Inception(nn.Module):
    """Four looks of growing reach, side by side; `widths` of each in channels."""

    def __init__(self, inputs: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        near, *far = widths
        reaching = [
            nn.Sequential(_seen(inputs, width, 1), _seen(width, width, 3, dilation))
            for dilation, width in enumerate(far, 1)
        ]
        self.looks = nn.ModuleList([_seen(inputs, near, 1), *reaching])

    def forward(self, x: Tensor) -> Tensor:
        """[n, sum of widths, h, w]."""
        return torch.cat([look(x) for look in self.looks], dim=1)


class Statistics(_Backbone):
    """Global statistics of pictures in 0–1, standardised: mean and square of each colour, and how much fine detail
    there is at three scales."""

    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    COUNT = 9

    def __init__(self, num_classes: int) -> None:
        super().__init__(self.COUNT, self.COUNT, num_classes)
        self.standard = nn.BatchNorm1d(self.COUNT, affine=False)

    def forward_features(self, x: Tensor) -> Tensor:
        """[n, 9, size / 16, size / 16]."""
        return self.places(x)

    def places(self, x: Tensor) -> Tensor:
        """The same statistics of each place."""
        light = x.mean(1, keepdim=True)
        detail = [(light - _smooth(light, reach)).abs() for reach in (3, 7, 15)]
        return F.avg_pool2d(torch.cat([x, x.square(), *detail], dim=1), STRIDE)

    def pooled(self, features: Tensor) -> Tensor:
        """Means over the picture, standardised over what was learned from."""
        return self.standard(features.mean((2, 3)))


@register_model
def meso4(pretrained: bool = False, num_classes: int = 1, **_timm: Any) -> Meso:
    """Meso4."""
    return Meso(_seen(3, 8, 3), _seen(8, 8, 5), (8, 8), num_classes)


@register_model
def mesoinception4(pretrained: bool = False, num_classes: int = 1, **_timm: Any) -> Meso:
    """MesoInception4."""
    return Meso(Inception(3, (1, 4, 4, 2)), Inception(11, (2, 4, 4, 2)), (11, 12), num_classes)


@register_model
def image_statistics(pretrained: bool = False, num_classes: int = 1, **_timm: Any) -> Statistics:
    """The logistic regression."""
    return Statistics(num_classes)


def _seen(inputs: int, outputs: int, side: int, dilation: int = 1) -> nn.Sequential:
    # As "same" would pad it; but that ONNX Runtime can't run where a convolution is dilated.
    return nn.Sequential(nn.Conv2d(inputs, outputs, side, padding=dilation * (side // 2), dilation=dilation), nn.ReLU())


def _smooth(x: Tensor, reach: int) -> Tensor:
    return F.avg_pool2d(x, reach, stride=1, padding=reach // 2, count_include_pad=False)
