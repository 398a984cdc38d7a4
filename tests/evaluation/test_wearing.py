"""Copies as messengers leave them: smaller, coarser, and of the same moments."""

from pathlib import Path

import av
import numpy as np
from PIL import Image

from pipelines.wearing import LINES, worn_copy
from tests.media.conftest import portrait_frames, write_clip


def times_and_first(path: Path) -> tuple[list[float], np.ndarray]:
    with av.open(str(path)) as container:
        frames = [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]
    return [time for time, _ in frames], frames[0][1]


def test_a_copy_is_small_and_coarse_and_keeps_its_times(tmp_path: Path) -> None:
    stamps = [0, 40, 80, 200, 240, 400]
    clip = write_clip(tmp_path / "clip.mp4", portrait_frames(6, 960, 720), stamps=stamps)
    times, first = times_and_first(clip)
    copied, small = times_and_first(worn_copy(clip, tmp_path / "copy.mp4"))
    assert np.allclose(copied, times, atol=0.002)
    assert small.shape == (LINES, 640, 3)
    shrunk = np.asarray(Image.fromarray(first).resize((640, LINES)), int)
    assert 0.5 < np.abs(shrunk - small).mean() < 8  # the same picture, and not to the last bit


def test_a_small_clip_is_not_made_larger(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", portrait_frames(3, 320, 240))
    _, small = times_and_first(worn_copy(clip, tmp_path / "copy.mp4"))
    assert small.shape == (240, 320, 3)
