"""`python -m scripts.analyse`: a list in the order given, a state for every file, a telling exit status."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from skimage.data import coffee

from core.evidence import MediaInfo
from core.settings import ROOT
from scripts import analyse
from tests.media.conftest import SAMPLES, WarmthDetector, write_clip, write_sound

ODD_NAME = "caf\u00e9 \U0001f600\n[bold]clip.mp4"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one that never learned anything."""
    from core.detectors.export import export
    from core.detectors.networks import FaceNet, MaskedFaceNet, Panel

    folder = tmp_path_factory.mktemp("models") / "blend"
    folder.mkdir()
    panel = Panel([MaskedFaceNet(FaceNet("tf_efficientnet_lite0"))], [1.0], 0.0)
    sha256, graph_sha256 = export(panel, WarmthDetector.card.crop.size, folder)
    card = WarmthDetector.card.model_copy(
        update={"sha256": sha256, "graph_sha256": graph_sha256, "architecture": "tf_efficientnet_lite0"}
    )
    (folder / "card.json").write_text(card.model_dump_json())
    return folder.parent


def run(models: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.analyse", *map(str, arguments)]
    environment = os.environ | {"TELLTALE_MODELS": str(models), "TELLTALE_HEATMAPS": "1", "COLUMNS": "200",
                                "TELLTALE_GPU": "false"}  # fmt: skip
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_good_and_bad_files_together(models: Path, tmp_path: Path) -> None:
    odd = tmp_path / ODD_NAME
    odd.write_bytes((SAMPLES / "portrait_genuine.mp4").read_bytes())
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a clip")
    nobody = write_clip(tmp_path / "nobody.mp4", [coffee()[:240, :320]] * 4)
    files = [odd, tmp_path / "empty.mp4", tmp_path / "text.mp4", write_sound(tmp_path / "sound.mp4"), nobody]
    done = run(models, *files, tmp_path, tmp_path / "missing.mp4", "--json", tmp_path / "out.json")
    assert done.returncode == 2, done.stderr
    records = json.loads((tmp_path / "out.json").read_text())
    assert [record["media"]["name"] for record in records] == [
        *(file.name for file in files),
        tmp_path.name,
        "missing.mp4",
    ]
    assert [record["status"] for record in records] == [
        "analysed",
        *["failed"] * 3,
        "analysed",
        *["failed"] * 2,
    ]
    assert [record["error"] and record["error"]["code"] for record in records] == [
        *(None, "empty", "not_media", "no_picture", None),
        *("is_folder", "not_found"),
    ]
    for record in records:
        if record["status"] == "failed":
            assert (record["band"], record["score"], record["raw_score"]) == (None, None, None)
    assert "This file is empty." in done.stdout
    assert "XNNPACK" not in done.stderr


def test_the_record_of_an_analysed_clip_has_what_was_promised(models: Path, tmp_path: Path) -> None:
    clip = SAMPLES / "portrait_genuine.mp4"
    done = run(models, clip, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    (record,) = json.loads((tmp_path / "out.json").read_text())
    assert record["media"] | {"name": "portrait_genuine.mp4", "width": 640, "height": 360} == record["media"]
    assert record["media"]["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert record["media"]["duration"] == pytest.approx(6.0)
    (track,) = record["tracks"]
    assert {"id", "start", "end", "score", "band", "frames"} <= track.keys()
    assert {"time", "box", "score", "quality"} <= track["frames"][0].keys()
    assert len(track["frames"][0]["box"]) == 4
    assert record["model"].keys() == {"name", "version", "sha256"}
    assert record["timing"].keys() == {"decode_s", "faces_s", "score_s", "explain_s", "total_s"}
    assert "explain" in done.stdout
    assert "heatmaps" not in record


def test_a_clip_can_be_looked_at_more_closely(models: Path, tmp_path: Path) -> None:
    clip = SAMPLES / "portrait_genuine.mp4"
    done = run(models, clip, "--json", tmp_path / "out.json", "--samples-per-second", "10")
    assert done.returncode == 0, done.stderr
    (record,) = json.loads((tmp_path / "out.json").read_text())
    assert (record["samples_per_second"], record["frames_sampled"], record["device"]) == (10, 60, "CPU")
    assert "60 frames, 10 a second" in done.stdout
    assert "between 0.1 and 30" in run(models, clip, "--samples-per-second", "100").stderr


def test_a_name_that_is_no_text_and_one_that_is_too_long_cost_nobody_a_result(models: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller.mp4"))
    odd.write_bytes((SAMPLES / "portrait_genuine.mp4").read_bytes())
    done = run(models, odd, tmp_path / ("n" * 300), "--json", tmp_path / "out.json")
    assert done.returncode == 2, done.stderr
    read, refused = json.loads((tmp_path / "out.json").read_text())
    assert (read["status"], read["media"]["name"]) == ("analysed", "M?ller.mp4")
    assert (refused["status"], refused["error"]["code"]) == ("failed", "unreadable")


def test_a_fault_of_ours_ends_one_file_and_not_the_others(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, broken = SAMPLES / "portrait_genuine.mp4", tmp_path / "broken.mp4"
    broken.write_bytes(b"anything")
    known = analyse.probe

    def failing(path: Path, *given: Any) -> MediaInfo:
        if path == broken:
            raise ZeroDivisionError
        return known(path, *given)

    monkeypatch.setattr(analyse, "probe", failing)
    monkeypatch.setenv("TELLTALE_MODELS", str(models))
    monkeypatch.setattr(sys, "argv", ["analyse", str(broken), str(clip), "--json", str(tmp_path / "out.json")])
    assert analyse.main() == 1
    first, second = json.loads((tmp_path / "out.json").read_text())
    assert (first["status"], first["error"]["code"], first["score"]) == ("failed", "fault", None)
    assert second["status"] == "analysed"


def test_altered_weights_are_a_fault_of_ours(models: Path, tmp_path: Path) -> None:
    card = json.loads((models / "blend" / "card.json").read_text()) | {"sha256": "0" * 64}
    (tmp_path / "blend").mkdir()
    (tmp_path / "blend" / "card.json").write_text(json.dumps(card))
    (tmp_path / "blend" / "weights.safetensors").write_bytes(
        (models / "blend" / "weights.safetensors").read_bytes()
    )
    done = run(tmp_path, SAMPLES / "portrait_genuine.mp4")
    assert done.returncode == 1
    assert "Nothing was analysed" in done.stderr
    assert "weights" in done.stderr
