"""A model folder is loaded only if it is whole, unaltered, and made for the crops that this desk cuts."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.detectors import registry
from core.detectors.card import CropSpec
from core.detectors.networks import FaceNet, pretrained
from core.errors import WeightsRefused
from core.explain.cam import class_activation
from core.settings import settings
from pipelines.media.crops import crop_matrix

SHIPPED = settings().models / settings().detector


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped model folder, free to be altered."""
    for name in (registry.CARD, registry.WEIGHTS):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(WeightsRefused) as caught:
        registry.load(folder)
    return caught.value.code


def test_altered_weights_are_refused(folder: Path) -> None:
    weights = folder / registry.WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert refusal(folder) == "wrong_hash"


def test_missing_parts_are_refused(folder: Path) -> None:
    (folder / registry.WEIGHTS).unlink()
    assert refusal(folder) == "no_weights"
    (folder / registry.CARD).unlink()
    assert refusal(folder) == "no_card"


def test_a_card_that_lacks_a_field_is_refused_by_name(folder: Path) -> None:
    card = json.loads((folder / registry.CARD).read_text())
    del card["scales"]["video"]["thresholds"]["signs"]
    (folder / registry.CARD).write_text(json.dumps(card))
    with pytest.raises(WeightsRefused, match="thresholds.signs"):
        registry.load(folder)


@pytest.mark.parametrize("architecture", ["tf_efficientnet_lite2", "no_such_network"])
def test_weights_for_another_architecture_are_refused(folder: Path, architecture: str) -> None:
    card = json.loads((folder / registry.CARD).read_text())
    (folder / registry.CARD).write_text(json.dumps(card | {"architecture": architecture}))
    assert refusal(folder) == "wrong_architecture"


def test_weights_for_other_crops_are_refused() -> None:
    landmarks = np.random.default_rng(0).uniform(0, 99, (468, 2)).astype(np.float32)
    with pytest.raises(WeightsRefused, match="mesh-0"):
        crop_matrix(landmarks, (100, 100), CropSpec(version="mesh-0", size=64, margin=0))


def test_a_score_does_not_depend_on_the_batch() -> None:
    detector = registry.load(SHIPPED)
    side = detector.card.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (5, side, side, 3), dtype=np.uint8)
    together = detector.score(crops)
    alone = np.concatenate([detector.score(crops[i : i + 1]) for i in range(len(crops))])
    assert np.array_equal(together, alone)


def test_heat_is_grad_cam_by_its_definition() -> None:
    """Against autograd: channel weights are the mean gradients of the logit (Selvaraju et al. 2017, equation 1)."""
    torch.manual_seed(0)
    net = FaceNet("tf_efficientnet_lite0").eval()
    features = net.features(torch.rand(2, 3, 64, 64) * 255).detach().requires_grad_()
    net.backbone.forward_head(features).sum().backward()
    alpha = features.grad.mean(dim=(2, 3), keepdim=True)
    by_gradient = torch.relu((alpha * features).sum(1, keepdim=True)).detach()
    grown = torch.nn.functional.interpolate(by_gradient, size=(64, 64), mode="bicubic", align_corners=False)[
        :, 0
    ]
    grown = grown.clamp(min=0)
    expected = grown / grown.amax(dim=(1, 2), keepdim=True).clamp(min=1e-30)
    heat = class_activation(features.detach(), net.backbone.classifier.weight[0].detach(), 64)
    assert torch.allclose(heat, expected, atol=1e-4)


def test_the_imagenet_weights_reach_every_layer_but_the_head() -> None:
    fresh, filled = (
        FaceNet("tf_efficientnet_lite0").state_dict(),
        pretrained("tf_efficientnet_lite0").state_dict(),
    )
    same = [name for name in fresh if "weight" in name and torch.equal(fresh[name], filled[name])]
    assert not [name for name in same if "classifier" not in name]
