"""The adversary's own parts as detectors: the folder, its answers, and the same words as any other detector's."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage.data import astronaut

from core.detectors import registry
from core.detectors.adversaries import Discriminator, Reconstruction, as_pictures, load_adversary
from core.detectors.card import Card, Network
from core.devices import Fabric
from core.errors import AnalysisFailed
from core.generators import shelf
from core.generators.anogan import FAnoGAN
from core.generators.gan import GAN
from core.generators.model import bare
from core.generators.training import Run
from core.generators.zoo import build
from core.settings import settings
from pipelines import adversaries
from pipelines.evaluation import analysed, report
from pipelines.media.faces import FaceFinder  # noqa: F401  (mediapipe before torch's tracer, as on the desk)
from scripts import ship_adversary
from tests.generators.conftest import tiny
from tests.generators.test_training import some

CROPS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
WITH_PLACES = ["dcgan", "wgan_gp", "sngan", "r3gan"]


def faces(folder: Path, n: int = 40) -> Path:
    """The portrait's face in many tints, one file a person."""
    folder.mkdir()
    face = astronaut()[60:190, 160:290].astype(float)
    for number, tint in enumerate(np.random.default_rng(0).uniform(0.4, 1.0, (n, 3))):
        cv2.imwrite(str(folder / f"{number:03d}.png"), (face * tint).astype(np.uint8)[:, :, ::-1])
    return folder


def run_of(model: str, folder: Path, fabric: Fabric) -> Path:
    """A run that has a checkpoint and an encoder, if not much skill."""
    recipe = tiny(model, held_out=0.5)
    run = Run(recipe, some(recipe), folder, fabric)
    run.learn()
    run.checkpoint()
    assert isinstance(run.model, GAN)
    FAnoGAN(run.model).save(folder)
    return folder


@pytest.mark.parametrize("model", WITH_PLACES)
def test_places_add_up_to_the_output(model: str, fabric: Fabric) -> None:
    torch.manual_seed(0)
    gan = build(tiny(model), fabric)
    judge = bare(gan.networks["discriminator"]).eval()
    pictures = as_pictures(torch.from_numpy(CROPS), 3)
    bias = getattr(judge.head, "bias", None)
    whole = judge.places(pictures).sum((1, 2)) + (0 if bias is None else bias)
    assert torch.allclose(whole, judge(pictures), atol=1e-4)


def test_crops_are_seen_as_the_generator_saw_its_set() -> None:
    crops = torch.tensor([[[[0, 255, 0]]]], dtype=torch.uint8)
    assert as_pictures(crops, 3).flatten().tolist() == [-1, 1, -1]
    assert as_pictures(crops, 1).item() == pytest.approx(2 * 0.587 - 1, abs=1e-4)


@pytest.mark.parametrize("model", WITH_PLACES)
def test_a_discriminator_becomes_a_detector_that_says_the_opposite(model: str, tmp_path: Path, fabric: Fabric) -> None:
    run = run_of(model, tmp_path / "run", fabric)
    card = adversaries.draft(run, "discriminator", tmp_path / "model", "1")
    detector = registry.load(tmp_path / "model")
    gan = shelf.load(run)
    assert isinstance(gan, GAN)
    with torch.inference_mode():
        says_real = bare(gan.discriminator).eval()(as_pictures(torch.from_numpy(CROPS), 3))
    assert detector.score(CROPS, "image") == pytest.approx(-says_real.numpy(), abs=1e-4)
    heat = detector.heat(CROPS)
    assert heat.shape == (3, 32, 32) and 0 <= heat.min() <= heat.max() <= 1
    assert detector.card == card and card.crop.size == 32


def test_an_anogan_becomes_one_whose_map_is_what_was_left(tmp_path: Path, fabric: Fabric) -> None:
    run = run_of("wgan_gp", tmp_path / "run", fabric)
    adversaries.draft(run, "f-anogan", tmp_path / "model", "1")
    detector = registry.load(tmp_path / "model")
    gan = shelf.load(run)
    assert isinstance(gan, GAN)
    parts, pictures = FAnoGAN(gan).load(run), as_pictures(torch.from_numpy(CROPS), 3)
    assert detector.score(CROPS, "image") == pytest.approx(parts.score(pictures).numpy(), rel=1e-3)
    assert detector.heat(CROPS) == pytest.approx(parts.residual(pictures).numpy() / 2, abs=1e-3)


@pytest.mark.parametrize("kind", ["discriminator", "f-anogan"])
def test_the_weights_alone_say_what_the_graph_says(kind: Network, tmp_path: Path, fabric: Fabric) -> None:
    """A GPU runs the weights, a CPU the graph."""
    run = run_of("wgan_gp", tmp_path / "run", fabric)
    card = adversaries.draft(run, kind, tmp_path / "model", "1")
    network = load_adversary(card, (tmp_path / "model" / registry.WEIGHTS).read_bytes()).eval()
    assert isinstance(network, Discriminator | Reconstruction)
    with torch.inference_mode():
        logits, maps = network(torch.from_numpy(CROPS))
    detector = registry.load(tmp_path / "model")
    assert detector.score(CROPS, "image") == pytest.approx(logits.numpy(), rel=1e-3, abs=1e-4)
    assert detector.heat(CROPS).shape == (3, 32, 32)
    assert 0 <= maps.min() <= maps.max() <= 1


def test_what_judges_more_than_a_picture_is_no_detector(tmp_path: Path, fabric: Fabric) -> None:
    recipe = tiny("stackgan")
    run = Run(recipe, some(recipe), tmp_path / "run", fabric)
    run.checkpoint()
    with pytest.raises(ValueError, match="needs more than a picture"):
        adversaries.draft(tmp_path / "run", "discriminator", tmp_path / "model", "1")
    recipe = tiny("ddpm")
    Run(recipe, some(recipe), tmp_path / "diffusion", fabric).checkpoint()
    with pytest.raises(ValueError, match="only a GAN has parts that detect"):
        adversaries.draft(tmp_path / "diffusion", "discriminator", tmp_path / "model", "1")


def test_its_threshold_comes_from_people_it_never_saw(tmp_path: Path, fabric: Fabric) -> None:
    run, data = run_of("sngan", tmp_path / "run", fabric), faces(tmp_path / "faces")
    card = adversaries.draft(run, "discriminator", tmp_path / "model", "1")
    card = adversaries.calibrated(card, run, tmp_path / "model", data)
    told = card.scales["image"].thresholds
    assert 10 < len(told.genuine) < 30  # about half of forty
    above = np.mean(np.array(told.genuine) > told.signs)
    assert above <= told.false_alarm_rate
    clips = card.scales["video"].thresholds
    assert (clips.signs, clips.no_signs) == (np.inf, -np.inf)  # no clip is ever said to be anything
    assert Card.model_validate_json(card.model_dump_json()) == card


def test_what_can_not_be_calibrated_becomes_a_detector_that_claims_nothing(
    tmp_path: Path, fabric: Fabric, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, data = run_of("sngan", tmp_path / "run", fabric), faces(tmp_path / "faces")

    def refuse(*_: object) -> Card:
        raise AnalysisFailed("cannot_calibrate", "No higher.")

    monkeypatch.setattr(adversaries, "calibrated", refuse)
    arguments = ["ship_adversary", str(run), "--data", str(data), "--out", str(tmp_path / "model")]
    monkeypatch.setattr("sys.argv", arguments)
    ship_adversary.main()
    assert "claims nothing. No higher" in capsys.readouterr().out
    assert not registry.load(tmp_path / "model").card.scales["image"].thresholds.genuine


def test_its_worth_stands_in_the_same_table(tmp_path: Path, fabric: Fabric) -> None:
    run = run_of("dcgan", tmp_path / "run", fabric)
    adversaries.draft(run, "discriminator", tmp_path / "model", "1")
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut()[:256, 100:356, ::-1])
    row = {"file": "portrait.png", "label": "real", "method": "", "dataset": "", "group": "a", "kind": ""}
    detector = registry.load(tmp_path / "model")
    told = report(list(analysed([row], tmp_path, detector, settings())), detector)
    (file,) = told["files"]
    assert told["model"]["name"] == "tiny discriminator"
    assert file["band"] == "inconclusive" and np.isfinite(file["raw_score"])  # judged, and nothing claimed
