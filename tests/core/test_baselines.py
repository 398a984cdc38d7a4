"""The networks to be compared with are the published ones, and answer as any backbone does."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.detectors import registry
from core.detectors.baselines import BASELINES, STRIDE
from core.detectors.export import export
from core.detectors.face_net import on_cpu
from core.detectors.networks import FaceNet, MaskedFaceNet, Panel, pretrained


@pytest.mark.parametrize(("name", "published"), [("meso4", 27_977), ("mesoinception4", 28_615)])
def test_meso_has_as_many_parameters_as_its_authors_say(name: str, published: int) -> None:
    assert sum(parameter.numel() for parameter in FaceNet(name).parameters()) == published


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_asked_as_any_backbone_is(name: str) -> None:
    torch.manual_seed(0)
    network = MaskedFaceNet(pretrained(name)).eval()
    pictures = torch.rand(3, 3, 256, 256) * 255
    logits, masks, _ = network(pictures)
    assert torch.allclose(logits, network.face_net(pictures), atol=1e-5)
    assert masks.shape == (3, 256 // STRIDE, 256 // STRIDE)
    assert logits.std() > 0


def test_statistics_are_those_of_the_picture() -> None:
    backbone = FaceNet("image_statistics").backbone
    light, board = torch.full((1, 3, 64, 64), 0.5), (torch.arange(64)[:, None] + torch.arange(64)) % 2
    flat, fine = (backbone.places(x).mean((2, 3))[0] for x in (light, board.float().expand(1, 3, 64, 64)))
    assert flat.tolist() == pytest.approx([0.5] * 3 + [0.25] * 3 + [0.0] * 3, abs=1e-5)
    assert fine[:6].tolist() == pytest.approx([0.5] * 6, abs=1e-5)  # a square of 0 or 1 is itself
    assert (fine[6:] > 0.4).all()  # every pixel is half a step away from the mean about it


def test_statistics_see_no_face() -> None:
    pictures = torch.rand(1, 3, 64, 64)
    upside_down = pictures.flip(2)
    network = FaceNet("image_statistics").eval()
    assert torch.allclose(network(pictures * 255), network(upside_down * 255), atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_its_graph_says_what_its_weights_say(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    panel = Panel([MaskedFaceNet(FaceNet(name))], [1.0], 0.0).eval()
    crops = torch.randint(0, 256, (2, 256, 256, 3), dtype=torch.uint8)
    export(panel, 256, tmp_path)
    graph = on_cpu((tmp_path / registry.GRAPH).read_bytes())
    with torch.inference_mode():
        said = panel(crops, torch.tensor(False))
    for ours, theirs in zip(graph(crops.numpy(), False), said, strict=True):
        assert np.abs(ours - theirs.numpy()).max() < 1e-3
