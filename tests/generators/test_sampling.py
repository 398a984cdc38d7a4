"""Samples are written as what they are: read back by the desk's own eyes for provenance."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from core.generators.marking import SOURCE_TYPE, Signer, write_gif, write_mp4, write_picture
from core.generators.training import Run
from core.generators.walks import between, walk
from core.settings import settings
from pipelines.provenance.credentials import read_credentials
from pipelines.provenance.metadata import read_facts
from pipelines.provenance.tools import is_generated, traces
from scripts import generate
from tests.generators.conftest import tiny
from tests.generators.test_training import some
from tests.provenance.signed import certificate

IMAGE = np.linspace(0, 255, 64 * 64 * 3).astype(np.uint8).reshape(64, 64, 3)


def test_a_great_circle_keeps_the_norm_and_meets_both_ends() -> None:
    a, b = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])
    assert torch.allclose(between(a, b, 0.0), a) and torch.allclose(between(a, b, 1.0), b, atol=1e-6)
    assert torch.allclose(between(a, b, 1 / 3), 3 * torch.tensor([3**0.5 / 2, 0.5]), atol=1e-6)
    assert torch.allclose(between(a, a, 0.5), a)


def test_a_walk_visits_every_station() -> None:
    stations = torch.randn(3, 8)
    way = walk(stations, 4)
    assert way.shape == (9, 8)
    assert all(torch.allclose(way[4 * i], stations[i], atol=1e-5) for i in range(3))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_picture_says_that_it_is_synthetic(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_picture(path, IMAGE, "Synthetic picture, seed 4.")
    with Image.open(path) as picture:
        assert np.abs(np.asarray(picture, int) - IMAGE).mean() < 4
        assert picture.getexif()[0x010E] == "Synthetic picture, seed 4."
        if suffix == ".png":
            assert picture.text["Description"] == "Synthetic picture, seed 4."
    facts = read_facts(path, settings())
    (told,) = [fact.value for fact in facts if fact.name == "Digital source type"]
    assert is_generated(told)
    assert {trace.kind for trace in traces(facts)} == {"ai"}
    assert read_credentials(path).integrity == "absent"


def test_clips_say_so_too(tmp_path: Path) -> None:
    frames = [IMAGE, IMAGE[::-1].copy(), IMAGE]
    write_gif(tmp_path / "a.gif", frames, 10, "Synthetic.")
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["comment"] == b"Synthetic." and gif.n_frames == 3 and gif.info["duration"] == 100
    write_mp4(tmp_path / "a.mp4", frames, 10, "Synthetic.")
    with av.open(tmp_path / "a.mp4") as clip:
        assert SOURCE_TYPE in clip.metadata["comment"]
        assert len(list(clip.decode(video=0))) == 3


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".mp4"])
def test_with_a_key_the_desk_reads_that_a_machine_made_it(tmp_path: Path, suffix: str) -> None:
    chain, key, _ = certificate()
    path, signer = tmp_path / f"a{suffix}", Signer(key, chain)
    if suffix == ".gif":
        write_gif(path, [IMAGE, IMAGE[::-1].copy()], 10, "Synthetic.", signer)
    elif suffix == ".mp4":
        write_mp4(path, [IMAGE, IMAGE], 10, "Synthetic.", signer)
    else:
        write_picture(path, IMAGE, "Synthetic.", signer)
    found = read_credentials(path)
    assert found.integrity == "intact" and found.ai
    assert found.generator == "Telltale generators"


@pytest.fixture
def trained(tmp_path: Path, fabric: object) -> Path:
    """A run that has a checkpoint, if not much skill."""
    run = Run(tiny("conditional"), some(tiny("conditional")), tmp_path / "run", fabric)  # type: ignore[arg-type]
    run.learn()
    run.checkpoint()
    return tmp_path / "run"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_command_writes_the_same_for_the_same_seed(trained: Path, tmp_path: Path) -> None:
    asked = [str(trained), "--count", "3", "--seed", "5", "--walk", "2", "--gif", "--mp4", "--grid", "--label", "3"]
    for name in ("one", "two"):
        generate.main([*asked, "--out", str(tmp_path / name)])
    one = files(tmp_path / "one")
    pictures = {"5-0000.png", "5-0001.png", "5-0002.png", "5-grid.png", "5-walk.png"}
    assert set(one) == pictures | {"5-walk.gif", "5-walk.mp4"}
    assert {k: v for k, v in one.items() if k.endswith("png")} == {
        k: v for k, v in files(tmp_path / "two").items() if k.endswith("png")
    }
    with Image.open(tmp_path / "one" / "5-walk.png") as strip, Image.open(tmp_path / "one" / "5-0001.png") as second:
        assert strip.size == (3 * 32, 3 * 32)  # three rows of a start, a point between, an end
        assert np.abs(np.asarray(strip, int)[32:64, :32] - np.asarray(second, int)).max() <= 1
    with Image.open(tmp_path / "one" / "5-walk.gif") as gif:
        assert gif.n_frames == 6


def test_the_command_refuses_what_was_never_trained(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has no checkpoint"):
        generate.main([str(tmp_path), "--out", str(tmp_path / "out")])


def test_ddim_steps_can_be_chosen(tmp_path: Path, fabric: object) -> None:
    recipe = tiny("ddpm")
    run = Run(recipe, some(recipe), tmp_path / "run", fabric)  # type: ignore[arg-type]
    run.checkpoint()
    for steps in ("1", "4"):
        generate.main([str(tmp_path / "run"), "--count", "1", "--steps", steps, "--out", str(tmp_path / steps)])
    assert files(tmp_path / "1") != files(tmp_path / "4")
