"""Labelled media through the real analysis: folder and zip, clips and tight crops, and what can't be judged."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

from core.detectors.registry import Detector
from core.errors import MediaRefused
from core.settings import ROOT, settings
from pipelines.evaluation import MediaRoot, analysed
from pipelines.manifests import ManifestRefused, read_manifest

TIGHT = astronaut()[88:158, 190:260]  # brow to chin of the portrait, no margin


@pytest.fixture(scope="module")
def folder(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, a tight crop, a picture without a face, and text that calls itself a clip."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "clip.mp4").write_bytes((samples / "portrait_genuine.mp4").read_bytes())
    crop = cv2.resize(TIGHT, (224, 224), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "crop.png"), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(folder / "wall.png"), np.full((200, 300, 3), 128, np.uint8))
    (folder / "text.mp4").write_text("not a clip")
    return folder


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Path:
    """Their labels, and one file that isn't there."""
    names = ["clip.mp4", "crop.png", "wall.png", "text.mp4", "gone.mp4", "../outside.mp4"]
    path = folder / "labels.csv"
    pd.DataFrame({"file": names, "label": ["real", "fake"] * 3}).to_csv(path, index=False)
    return path


def test_every_file_has_an_end(folder: Path, manifest: Path, shipped_detector: Detector) -> None:
    rows = read_manifest(manifest, split=None, limit=None).to_dict("records")
    clip, crop, wall, text, gone, outside = analysed(rows, folder, shipped_detector, settings())
    assert clip.evidence and clip.evidence.frames_sampled == 32 and clip.evidence.tracks
    assert crop.evidence and crop.evidence.band != "no_face"
    assert wall.evidence and wall.evidence.band == "no_face"
    assert all(o.evidence is None and o.why for o in (text, gone, outside))
    assert "root" in str(outside.why)


def test_a_zip_gives_the_same_as_a_folder(folder: Path, tmp_path: Path, shipped_detector: Detector) -> None:
    rows = [{"file": name, "label": "real", "method": "", "dataset": "", "group": "", "kind": ""}
            for name in ("crop.png", "wall.png", "gone.png")]  # fmt: skip
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for row in rows[:2]:
            packed.write(folder / row["file"], row["file"])
    loose, zipped = (list(analysed(rows, place, shipped_detector, settings())) for place in (folder, archive))
    assert [o.record() for o in loose[:2]] == [o.record() for o in zipped[:2]]
    assert zipped[2].evidence is None


def test_a_member_that_is_larger_than_it_may_be_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.mp4", bytes(1 << 22))
    with pytest.raises(MediaRefused, match="larger"):
        MediaRoot(tmp_path / "bomb.zip", tmp_path, limit=1 << 20).path("bomb.mp4")


def test_a_damaged_or_locked_member_is_a_file_that_failed(tmp_path: Path, shipped_detector: Detector) -> None:
    place = tmp_path / "all.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("torn.png", bytes(10_000))
        archive.writestr("locked.png", bytes(10_000))
    data = bytearray(place.read_bytes())
    content = data.index(b"torn.png") + len("torn.png")
    data[content : content + 8] = b"\xff" * 8
    for header in (data.index(b"PK\x03\x04", 10) + 6, data.rindex(b"PK\x01\x02") + 8):
        data[header] |= 1  # encrypted
    place.write_bytes(data)
    rows = [{"file": name, "label": "real", "method": "", "dataset": "", "group": "", "kind": ""}
            for name in ("torn.png", "locked.png")]  # fmt: skip
    outcomes = list(analysed(rows, place, shipped_detector, settings()))
    assert [o.evidence for o in outcomes] == [None, None]
    assert all("pack it anew" in str(o.why) for o in outcomes)


def test_a_root_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(b"no zip")
    with pytest.raises(MediaRefused, match="no zip"):
        MediaRoot(tmp_path / "all.zip", tmp_path, limit=1)


def test_group_falls_back_to_person_and_to_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,label,group,person\na,real,g,p\nb,fake,,p\nc,fake,,\n")
    assert read_manifest(path, split=None, limit=None)["group"].tolist() == ["g", "p", "c"]


def test_dev_and_test_are_the_parts_that_everybody_uses(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    lines = [f"{i},real,dev,g{i // 2}" for i in range(200)] + ["x,fake,train,t"]
    path.write_text("\n".join(["file,label,split,group", *lines]))
    parts = {split: read_manifest(path, split, limit=None) for split in ("train", "dev", "test")}
    assert parts["train"]["file"].tolist() == ["x"]
    assert len(parts["dev"]) + len(parts["test"]) == 200
    assert len(parts["test"]) > 10
    assert not set(parts["dev"]["group"]) & set(parts["test"]["group"])


@pytest.mark.parametrize(
    ("text", "split", "says"),
    [
        ("name,label\na,real\n", None, "file"),
        ("file,label\na,genuine\n", None, "genuine"),
        ("file,label\na,real\n", "dev", "split"),
    ],
)
def test_a_table_that_is_no_manifest_is_refused(
    tmp_path: Path, text: str, split: str | None, says: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(ManifestRefused, match=says):
        read_manifest(path, split, limit=None)


def test_the_command_writes_its_json_and_prints_a_table(folder: Path, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    without_clip = pd.read_csv(manifest).iloc[1:]
    without_clip.to_csv(manifest := tmp_path / "labels.csv", index=False)
    command = [
        sys.executable,
        "-m",
        "scripts.evaluate",
        str(manifest),
        "--root",
        str(folder),
        "--json",
        str(out),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "overall" in done.stdout
    assert "not judged: gone.mp4" in done.stdout
    written = json.loads(out.read_text())
    assert {"overall", "video", "image", "by_method", "by_dataset", "failed", "model", "files"} <= set(
        written
    )
    assert len(written["failed"]) == 3
    assert written["overall"]["n"] == 2
