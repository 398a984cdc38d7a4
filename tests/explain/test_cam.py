"""Class activation maps, of a network whose gradients are known by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.detectors.networks import FaceNet, MaskedFaceNet, Panel
from core.explain.cam import CAMS, cams, grad_cam, hires_cam, layer_cam, of_panel, traced

ACTIVATIONS = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 0.0], [1.0, 0.0]]]])
WEIGHTS = torch.tensor([[[4.0, -2.0], [0.0, 2.0]], [[-1.0, -1.0], [-1.0, -1.0]]])  # means of the channels: 1 and -1


class Known(nn.Module):
    """The logit is Σ weights × (what the reader is given), so its gradient there is the weights."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.learned, self.reader, self.weights = nn.Parameter(torch.ones(1)), nn.Identity(), weights

    def forward(self, crops: Tensor) -> Tensor:
        return (self.reader(crops * self.learned) * self.weights).sum((1, 2, 3))


def test_gradients_are_those_of_each_crop_by_itself() -> None:
    known, crops = Known(WEIGHTS), torch.cat([ACTIVATIONS, 3 * ACTIVATIONS])
    activations, gradients = traced(known, known.reader, crops)
    assert torch.equal(activations, crops)
    assert torch.equal(gradients, WEIGHTS.expand(2, -1, -1, -1))
    assert not known.reader._forward_pre_hooks


def test_each_method_by_hand() -> None:
    assert grad_cam(ACTIVATIONS, WEIGHTS[None]).tolist() == [[[0, 2], [2, 4]]]
    assert hires_cam(ACTIVATIONS, WEIGHTS[None]).tolist() == [[[0, 0], [0, 8]]]
    assert layer_cam(ACTIVATIONS, WEIGHTS[None]).tolist() == [[[4, 0], [0, 8]]]


@pytest.mark.parametrize(("weight", "low", "high"), [(1.0, 0.5, 1.0), (-1.0, 0.0, 0.0)])
def test_a_map_ends_at_one_unless_nothing_raises_the_logit(weight: float, low: float, high: float) -> None:
    known = Known(torch.full((1, 4, 4), weight))
    crops = np.zeros((20, 1, 4, 4), np.uint8)  # more than are looked at at once
    crops[:, 0, 1, 2], crops[:, 0, 3, 3] = 5, 10
    for name, maps in cams(known, known.reader, crops).items():
        expected = np.zeros((20, 4, 4))
        expected[:, 1, 2], expected[:, 3, 3] = low, high
        assert np.allclose(maps, expected), name


def test_of_a_panel_the_stage_is_traced_from_which_its_mask_head_reads() -> None:
    torch.manual_seed(0)  # weights by chance may lower the logit everywhere, and then no map is any
    panel = Panel([MaskedFaceNet(FaceNet("tf_efficientnet_lite0"))], [1.0], 0.0)
    crops = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    found = of_panel(panel, crops)
    assert {name: maps.shape for name, maps in found.items()} == dict.fromkeys(CAMS, (2, 4, 4))
    assert all(maps.any() for maps in found.values()), "the logit hangs on what the mask head reads"
