"""The reading of frame times and the making of copies, inside the confined process (see `pipelines.confine`)."""

import time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from core.evidence import MediaInfo
from core.settings import Settings
from pipelines.confined import Report, Task
from pipelines.media.playback import frame_times, write_copy

EVERY = 0.5  # s between two words of progress


def timer(setup: dict[str, Any]) -> Task:
    """Writes when the frames of a clip are shown. Request: `path`, `out`; the file `out` holds float64, in s."""
    config = Settings(**setup)

    def read(request: dict[str, Any], _report: Report) -> dict[str, Any]:
        times = frame_times(Path(request["path"]), config.max_pixels)
        np.asarray(times, "<f8").tofile(request["out"])
        return {"frames": len(times)}

    return read


def copier(setup: dict[str, Any]) -> Task:
    """Writes a copy that browsers play. Request: `path`, `media`, `out`; tells of frames `done` of `total`."""
    config = Settings(**setup)

    def copy(request: dict[str, Any], report: Report) -> dict[str, Any]:
        told = -EVERY

        def tell(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= EVERY:
                told = time.monotonic()
                report({"done": done, "total": total})

        info = TypeAdapter(MediaInfo).validate_python(request["media"])
        write_copy(Path(request["path"]), info, Path(request["out"]), config.max_pixels, tell)
        return {}

    return copy
