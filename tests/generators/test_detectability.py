"""The study from runs to report, on a portrait in many tints and two generators that learned little."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from core.detectors import registry
from core.detectors.registry import Detector
from core.devices import Fabric
from core.generators.pictures import read, read_held_out
from core.generators.quality.features import bundled
from core.generators.recipe import Recipe
from core.generators.training import Run
from pipelines import adversaries
from pipelines.detectability.exhibits import stored, unseen
from pipelines.detectability.findings import findings
from pipelines.detectability.report import write
from pipelines.detectability.study import Study, study
from pipelines.detectability.witnesses import OTHERS, SAME, scores, spectral, told_apart, usual_place
from pipelines.media.faces import FaceFinder
from tests.generators.conftest import tiny

RNG = np.random.default_rng(0)


def recipe(model: str, **changes: object) -> Recipe:
    return tiny(model, name=f"tiny-{model}", size=64, held_out=0.4, **changes)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty tints of the portrait, framed as CelebA frames."""
    folder = tmp_path_factory.mktemp("faces")
    face = cv2.resize(astronaut()[30:200, 140:310], (90, 90), interpolation=cv2.INTER_AREA).astype(float)
    for number, tint in enumerate(np.random.default_rng(1).uniform(0.6, 1.0, (60, 3))):
        cv2.imwrite(str(folder / f"{number:03d}.png"), (face * tint).astype(np.uint8)[:, :, ::-1])
    return folder


@pytest.fixture(scope="module")
def told(
    faces: Path, tmp_path_factory: pytest.TempPathFactory, fabric: Fabric, shipped_detector: Detector,
    face_finder: FaceFinder,
) -> Study:  # fmt: skip
    """A GAN and a diffusion model before a panel and a discriminator."""
    folder = tmp_path_factory.mktemp("runs")
    for model in ("dcgan", "ddpm"):
        run = Run(recipe(model), read(faces, recipe(model)), folder / model, fabric)
        run.learn()
        run.checkpoint()
    adversaries.draft(folder / "dcgan", "discriminator", folder / "adversary", "1")
    detectors = {"panel": shipped_detector, "adversary": registry.load(folder / "adversary")}
    runs = [folder / "dcgan", folder / "ddpm"]
    return study(runs, detectors, faces, recipe("dcgan"), 16, face_finder, folder / "cache", bundled(), lambda _: None)


def test_genuine_pictures_are_people_whom_no_run_saw(faces: Path) -> None:
    found = unseen(faces, recipe("dcgan"), 100)
    held = read_held_out(faces, recipe("dcgan")).pictures
    assert np.array_equal(found, held.transpose(0, 2, 3, 1))
    grey = recipe("dcgan", channels=1)
    assert unseen(faces, grey, 3).shape == (3, 64, 64, 3)


def test_both_sides_go_through_the_same_file() -> None:
    pictures = RNG.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    assert stored(pictures, None) is pictures
    again = stored(pictures, 75)
    assert again.shape == pictures.shape and 5 < np.abs(again.astype(int) - pictures).mean() < 60
    red = np.zeros((1, 64, 64, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(stored(red, 75).astype(int) - red).max() < 5  # colours keep their order


def test_a_panel_sees_the_face_and_an_adversary_the_picture(told: Study, shipped_detector: Detector,
                                                            face_finder: FaceFinder) -> None:  # fmt: skip
    place = usual_place(told.genuine, face_finder)
    low, high = place.landmarks.min(0), place.landmarks.max(0)
    assert (low > 5).all() and (high < 64).all() and (high - low > 20).all()
    blank = told.genuine.copy()
    top, left = low.astype(int)[::-1]
    bottom, right = high.astype(int)[::-1]
    edge = told.genuine.copy()
    edge[:, :4] = edge[:, :, :2] = 0  # far from every face
    blank[:, top:bottom, left:right] = 128
    plain = scores(shipped_detector, told.genuine, place)
    assert np.allclose(scores(shipped_detector, edge, place), plain, atol=0.05)
    assert not np.allclose(scores(shipped_detector, blank, place), plain, atol=0.5)


def test_the_spectrum_finds_a_generator_that_it_knows_by_its_grid() -> None:
    genuine = RNG.integers(100, 140, (80, 32, 32, 3), dtype=np.uint8)
    marked = RNG.integers(100, 140, (80, 32, 32, 3), dtype=np.uint8)
    marked[:, ::4] += 20
    like = RNG.integers(100, 140, (80, 32, 32, 3), dtype=np.uint8)
    found = spectral(genuine, {"marked": marked, "like": like})
    assert found[SAME]["marked"]["auc"]["value"] > 0.99
    low, high = found[SAME]["like"]["auc"]["ci"]
    assert low < 0.5 < high
    assert found[OTHERS]["marked"]["auc"]["value"] < 0.9  # noise teaches nothing about a grid
    assert found[SAME]["marked"]["n_fake"] == found[SAME]["marked"]["n_real"] == 40
    assert spectral(genuine, {"marked": marked})[OTHERS] == {}


def test_scores_that_do_not_differ_tell_nothing() -> None:
    same = RNG.normal(size=200)
    figure = told_apart(same, same)["auc"]
    assert figure["value"] == 0.5 and figure["ci"][0] < 0.5 < figure["ci"][1]
    assert told_apart(same, same + 10)["auc"]["value"] == 1


def test_every_detector_meets_every_generator_in_every_format(told: Study) -> None:
    assert list(told.found) == ["PNG", "JPEG 75"]
    for by_detector in told.found.values():
        assert set(by_detector) == {"panel", "adversary", SAME, OTHERS}
        assert all(set(of) == {"tiny-dcgan", "tiny-ddpm"} for of in by_detector.values())
    assert set(told.quality) == {"tiny-dcgan", "tiny-ddpm"}
    assert set(told.spectra) == {"genuine", "tiny-dcgan", "tiny-ddpm"}
    assert json.loads(json.dumps(told.record()))["generators"][0]["shown"] == 4


def test_the_report_shows_samples_as_what_they_are(told: Study, tmp_path: Path) -> None:
    page = write(told, tmp_path).read_text()
    for section in ("Findings", "Quality", "Spectra", "Who finds whom", "What to keep in mind"):
        assert f"## {section}" in page
    assert "held nobody out" not in page
    knowing = replace(told, made=[replace(told.made[0], held_out=0.0), told.made[1]])
    assert "tiny-dcgan held nobody out" in write(knowing, tmp_path).read_text()
    pictures = {line[4:-1] for line in page.splitlines() if line.startswith("![](")}
    assert pictures == {f"figures/{path.name}" for path in (tmp_path / "figures").iterdir()}
    with Image.open(tmp_path / "figures" / "grid-tiny-ddpm.png") as grid:
        assert "Synthetic" in grid.text["Description"] and grid.size == (4 * 64, 4 * 64)


def test_findings_claim_no_more_than_the_intervals(told: Study) -> None:
    said = " ".join(findings(told))
    assert "That diffusion keeps finer detail" in said and "of 1 GANs" in said
    kids = [told.quality[name]["kid"] for name in ("tiny-dcgan", "tiny-ddpm")]
    apart = kids[0]["high"] < kids[1]["low"] or kids[1]["high"] < kids[0]["low"]
    assert ("may be chance" in said) != apart


def test_sizes_are_not_mixed(faces: Path, tmp_path: Path, fabric: Fabric, face_finder: FaceFinder) -> None:
    small = tiny("dcgan", held_out=0.4)
    Run(small, read(faces, small), tmp_path / "run", fabric).checkpoint()
    with pytest.raises(ValueError, match="another size than 64 px"):
        study([tmp_path / "run"], {}, faces, recipe("dcgan"), 4, face_finder, tmp_path, bundled(), lambda _: None)
