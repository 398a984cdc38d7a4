"""What comes back over the border is not believed: a process that read a hostile file may not be itself any more."""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import AnalysisFailed
from core.evidence import MediaInfo
from core.settings import Settings
from pipelines import intake, staging
from tests.actors import DESK
from tests.jobs.fake_tasks import found

HONEST = MediaInfo("0" * 64, "clip.mp4", "video", 9, "mov,mp4", "h264", 64, 48, 1.0, 25.0)


LIES: list[dict[str, Any]] = [
    {"width": -1}, {"width": 0}, {"width": 2**40, "height": 1}, {"width": 2**14, "height": 2**14},
    {"duration": 1e12}, {"duration": 0.0}, {"duration": float("nan")}, {"duration": "long"}, {"fps": float("inf")},
    {"kind": "sound"}, {"rotation": 45}, {"codec": "h" * 999}, {"tags": {"title": "t" * 9999}},
    {"tags": {str(number): "" for number in range(999)}}, {"tags": None},
]  # fmt: skip
ABOUT_US = {"name": "../../telltale.sqlite", "sha256": "f" * 64, "bytes": 1}


def test_a_prober_that_lies_is_not_believed(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PROBE", "tests.jobs.fake_tasks:liar")
    for number, lie in enumerate([*LIES, ABOUT_US]):
        (tmp_path / f"{number:03d}.mp4").write_text(json.dumps(asdict(HONEST) | lie))
    *lied, honest = intake.take_in_folder(tmp_path, config, DESK)
    assert [taken.refusal and taken.refusal.code for taken in lied] == ["crashed"] * len(LIES)
    assert honest.refusal is None and honest.sha256 != "f" * 64  # of what we know ourselves it may say what it likes
    assert len([path for path in (config.home / "originals").rglob("*") if path.is_file()]) == 1


def _written(kind: str, size: tuple[int, int]) -> bytes:
    made = io.BytesIO()
    Image.new("L", size).save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("000-crop.png", _written("PNG", (4096, 8))),  # small as a file, a bomb where it is drawn
        ("000-heat.png", _written("GIF", (8, 8))),  # another reader of Pillow's
        ("000-heat.png", b"\x89PNG\r\n\x1a\n"),
        ("000-frame.jpg", _written("PNG", (8, 8))),
        ("000-frame.jpg", b""),
    ],
)  # fmt: skip
def test_only_small_pictures_of_the_kind_are_taken_over(tmp_path: Path, name: str, content: bytes) -> None:
    staging.write(tmp_path, found(HONEST))
    assert len(list(staging.pictures(tmp_path))) == 3
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AnalysisFailed, match="picture"):
        list(staging.pictures(tmp_path))
