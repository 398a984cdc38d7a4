"""A model folder is loaded only if it is whole, unaltered, and made for the crops that this desk cuts."""

import ctypes
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from core import gpu
from core.detectors import face_net, registry
from core.detectors.card import CropSpec
from core.detectors.export import export
from core.detectors.face_net import FaceNetDetector
from core.detectors.networks import (
    CloseLook,
    FaceNet,
    MaskedFaceNet,
    Panel,
    close_looks,
    load_panel,
    pretrained,
)
from core.errors import AnalysisFailed, WeightsRefused
from core.evidence import MediaKind
from core.explain.heat import grown
from core.settings import Settings, settings
from pipelines.media.crops import crop_matrix

SHIPPED = settings().shipped_detector


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped model folder, free to be altered."""
    for name in (registry.CARD, registry.WEIGHTS, registry.GRAPH):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def shipped_panel() -> Panel:
    """The shipped weights in torch."""
    card = registry.read_card(SHIPPED)
    return load_panel(card, (SHIPPED / registry.WEIGHTS).read_bytes()).eval()


def test_cards_say_kind_for_the_network_as_they_always_did(folder: Path) -> None:
    told = json.loads((folder / registry.CARD).read_text("utf-8"))
    (folder / registry.CARD).write_text(json.dumps(told | {"kind": "discriminator"}), "utf-8")
    card = registry.read_card(folder)
    assert card.network == "discriminator"
    assert json.loads(card.model_dump_json())["kind"] == "discriminator"


def shipped(device: gpu.Device = "cpu") -> FaceNetDetector:
    detector = registry.load(SHIPPED, device)
    assert isinstance(detector, FaceNetDetector)
    return detector


def refusal(folder: Path) -> str:
    with pytest.raises(WeightsRefused) as caught:
        registry.load(folder)
    return caught.value.code


@pytest.mark.parametrize("name", [registry.WEIGHTS, registry.GRAPH])
def test_altered_weights_are_refused(folder: Path, name: str) -> None:
    weights = folder / name
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


def test_a_graph_that_is_none_is_refused(folder: Path) -> None:
    (folder / registry.GRAPH).write_bytes(b"not a graph")
    card = json.loads((folder / registry.CARD).read_text())
    card["graph_sha256"] = hashlib.sha256(b"not a graph").hexdigest()
    (folder / registry.CARD).write_text(json.dumps(card))
    assert refusal(folder) == "wrong_architecture"


def test_weights_of_another_architecture_do_not_load() -> None:
    other = registry.read_card(SHIPPED).model_copy(update={"architecture": "tf_efficientnet_lite2"})
    with pytest.raises(RuntimeError):
        load_panel(other, (SHIPPED / registry.WEIGHTS).read_bytes())


def test_weights_for_other_crops_are_refused() -> None:
    landmarks = np.random.default_rng(0).uniform(0, 99, (468, 2)).astype(np.float32)
    with pytest.raises(WeightsRefused, match="mesh-0"):
        crop_matrix(landmarks, (100, 100), CropSpec(version="mesh-0", size=64, margin=0))


@pytest.mark.parametrize("kind", ["video", "image"])
def test_a_score_does_not_depend_on_the_batch(kind: MediaKind) -> None:
    detector = registry.load(SHIPPED)
    side = detector.card.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (5, side, side, 3), dtype=np.uint8)
    together = detector.score(crops, kind)
    alone = np.concatenate([detector.score(crops[i : i + 1], kind) for i in range(len(crops))])
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("kind", ["video", "image"])
def test_the_graph_says_what_the_weights_say(shipped_panel: Panel, kind: MediaKind) -> None:
    detector = registry.load(SHIPPED)
    side = detector.card.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (4, side, side, 3), dtype=np.uint8)
    with torch.inference_mode():
        logits, maps, _ = shipped_panel(torch.from_numpy(crops), torch.tensor(kind == "image"))
    assert np.abs(detector.score(crops, kind) - logits.numpy()).max() < 1e-3
    assert np.abs(detector.heat(crops) - grown(maps.numpy(), side)).max() < 1e-3


def test_of_a_still_a_panel_is_the_weighted_sum_of_its_experts_and_of_a_clip_the_first(tmp_path: Path) -> None:
    torch.manual_seed(0)
    experts = [MaskedFaceNet(FaceNet("tf_efficientnet_lite0")).eval() for _ in range(3)]
    panel = Panel(experts, [2.0, -0.5, 1.5], 0.25).eval()
    crops = torch.randint(0, 256, (3, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        (still, maps, _), (clip, same, _) = (panel(crops, torch.tensor(one)) for one in (True, False))
        pictures = crops.permute(0, 3, 1, 2).float()
        first = experts[0](pictures)
        second, third = (CloseLook(expert.face_net)(pictures) for expert in experts[1:])
    joined = 2 * first[0] - 0.5 * second + 1.5 * third + 0.25
    assert torch.allclose(still, joined, atol=1e-4) and torch.equal(clip, first[0])
    assert torch.allclose(maps, first[1].sigmoid(), atol=1e-5) and torch.equal(maps, same)
    export(panel, 64, tmp_path)
    graph = face_net.on_cpu((tmp_path / registry.GRAPH).read_bytes())
    for told, expected in ((True, still), (False, clip)):
        assert np.abs(graph(crops.numpy(), told)[0] - expected.numpy()).max() < 1e-3
    # An expert that looks twice is written once.
    assert (tmp_path / registry.GRAPH).stat().st_size < 1.05 * (tmp_path / registry.WEIGHTS).stat().st_size


def test_two_close_looks_show_the_face_equally_large_with_its_surroundings_and_without() -> None:
    card = registry.read_card(SHIPPED)
    side, margin = card.crop.size, card.crop.margin
    crop = torch.zeros(1, 3, side, side)
    face = round(side / (1 + 2 * margin))
    edge = (side - face) // 2
    crop[:, :, edge : edge + face, edge : edge + face] = 255  # a face of one colour in black surroundings
    whole, middle = close_looks(crop)
    assert middle.shape[-1] == pytest.approx(whole.shape[-1] / (1 + 2 * margin), abs=1)
    assert whole.mean() / 255 == pytest.approx((face / side) ** 2, rel=0.01)
    assert middle.mean() > 0.98 * 255  # the face and nothing else
    crop[..., : side // 2] = 0
    whole, middle = close_looks(crop)
    left, right = (middle[..., : middle.shape[-1] // 2 - 2], middle[..., middle.shape[-1] // 2 + 2 :])
    assert left.mean() > 0.98 * 255 and right.mean() == 0  # mirrored


def test_a_map_is_grown_to_the_crop_and_stays_within_bounds() -> None:
    spot = np.zeros((1, 4, 4), np.float32)
    spot[0, 1, 2] = 1
    heat = grown(spot, 64)
    assert heat.shape == (1, 64, 64)
    assert heat.min() >= 0
    assert heat.max() <= 1
    y, x = np.unravel_index(heat[0].argmax(), (64, 64))
    assert (abs(y - 24) <= 4, abs(x - 40) <= 4) == (True, True)  # the middle of that quarter


def test_the_imagenet_weights_reach_every_layer_but_the_head() -> None:
    fresh, filled = (
        FaceNet("tf_efficientnet_lite0").state_dict(),
        pretrained("tf_efficientnet_lite0").state_dict(),
    )
    same = [name for name in fresh if "weight" in name and torch.equal(fresh[name], filled[name])]
    assert not [name for name in same if "classifier" not in name]


def test_torch_says_what_the_graph_says_whatever_the_batch() -> None:
    """What a GPU runs, on the device that every machine has."""
    graph = shipped()
    assert graph.device == "CPU"
    torched = face_net.in_torch(graph.card, (SHIPPED / registry.WEIGHTS).read_bytes(), "cpu")
    side = graph.card.crop.size
    crops = np.random.default_rng(1).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    for still in (True, False):
        together = torched(crops, still)
        for ours, theirs in zip(together, graph.network(crops, still), strict=True):
            assert ours.shape == theirs.shape and np.abs(ours - theirs).max() <= face_net.SAME
        assert np.array_equal(together[0], np.concatenate([torched(crops[i : i + 1], still)[0] for i in range(3)]))


def test_a_gpu_that_agrees_scores_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, weights = shipped(), (SHIPPED / registry.WEIGHTS).read_bytes()
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "NVIDIA T4")
    taken = face_net.on_gpu(graph, weights, "cpu")
    assert (taken.device, taken.ref) == ("NVIDIA T4", graph.ref) and taken.network is not graph.network


def test_a_gpu_that_fails_or_disagrees_leaves_the_work_to_the_cpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    graph = shipped("cuda")  # this torch may have no CUDA at all
    if not torch.cuda.is_available():
        assert graph.device == "CPU" and "can't be used" in caplog.text
    other = lambda crops, still: tuple(output + 2e-3 for output in graph.network(crops, still))  # noqa: E731
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "NVIDIA T4")
    monkeypatch.setattr(face_net, "in_torch", lambda *_: other)
    assert face_net.on_gpu(graph, b"") is graph and "0.002" in caplog.text


def test_a_gpu_without_memory_is_told_and_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(torch.nn.Module):
        def forward(self, *_: torch.Tensor) -> None:
            raise torch.OutOfMemoryError

    card = registry.read_card(SHIPPED)
    monkeypatch.setattr(face_net, "_network", lambda _card, _weights: Full())
    with pytest.raises(AnalysisFailed, match="no memory left") as failed:
        face_net.in_torch(card, b"", "cpu")(np.zeros((1, 8, 8, 3), np.uint8), True)
    assert failed.value.code == "gpu_memory"


def test_where_no_driver_is_there_is_no_gpu_and_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_name: str) -> None:
        raise OSError

    gpu.is_there.cache_clear()
    with monkeypatch.context() as bare:
        bare.setattr(ctypes, "CDLL", refused)
        bare.setattr(subprocess, "run", None)
        assert gpu.device(Settings()) == "cpu"
    gpu.is_there.cache_clear()
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    assert gpu.device(Settings()) == "cuda" and gpu.device(Settings(gpu=False)) == "cpu"
