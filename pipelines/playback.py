"""What browsers need beside an original to show its very frames, made when it is asked for and then kept.

It lies beside the pictures of the file's analyses, never in place of the original, and can be made again at any time.
"""

import logging
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import AnalysisFailed, TelltaleError
from core.evidence import MediaInfo
from core.settings import Settings
from pipelines.confine import Confined, Limits, Reach
from pipelines.originals import here

TIMER, COPIER = "pipelines.playing:timer", "pipelines.playing:copier"
TIMER_SECONDS = 120.0  # for walking through the packets of the longest clip
# Coding by container, as FFmpeg calls them, that the browsers of today play.
PLAYED: dict[str, frozenset[str]] = {
    "mov": frozenset({"h264", "vp9", "av1", "libdav1d", "libaom-av1"}),
    "matroska": frozenset({"h264", "vp8", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1"}),
}
LARGEST_COPY = 1 << 32  # bytes

log = logging.getLogger("telltale.playback")


@dataclass
class Making:
    """A copy that is not there yet: frames done and frames in all, or why there will be none."""

    done: int = 0
    total: int = 0
    refused: str | None = None

    def heed(self, progress: dict[str, Any] | None) -> None:
        """What the confined process tells."""
        if progress:
            self.done, self.total = int(progress["done"]), int(progress["total"])


_makings: dict[str, Making] = {}  # by hash; a copy that was refused is tried again when the desk starts anew
_beginning = threading.Lock()
_one_at_a_time = threading.Lock()  # coding takes all there is of the machine


def plays(info: MediaInfo) -> bool:
    """Whether a browser can be expected to play the original as it is. It may still refuse, by profile or depth."""
    kind = info.container.partition(",")[0]
    return info.kind == "image" or info.codec in PLAYED.get(kind, frozenset())


def folder_of(home: Path, sha256: str) -> Path:
    """Where what belongs to the playing of one original lies."""
    return home / "artifacts" / sha256[:2] / sha256 / "playback"


def frame_times(config: Settings, sha256: str) -> Path:
    """A file with the presentation times of all frames of a clip: float64, little endian, s, ascending from 0.

    Raises:
        MediaRefused, AnalysisFailed: the original can't be read.
    """
    kept = folder_of(config.home, sha256) / "times.f64"
    if not kept.is_file():
        _make(kept, lambda out: _time(config, sha256, out), _check_times)
    return kept


def copy_of(config: Settings, info: MediaInfo) -> Path | Making:
    """The copy of a clip that browsers play, or how far it has come: the first who asks has it begun."""
    if kept := kept_copy(config, info.sha256):
        return kept
    with _beginning:
        if info.sha256 not in _makings:
            _makings[info.sha256] = making = Making()
            threading.Thread(target=_copy, args=(config, info, making), daemon=True).start()
        return _makings[info.sha256]


def kept_copy(config: Settings, sha256: str) -> Path | None:
    """The copy of a clip where it is made already."""
    kept = _copy_path(config, sha256)
    return kept if kept.is_file() else None


def _copy_path(config: Settings, sha256: str) -> Path:
    return folder_of(config.home, sha256) / "copy.mp4"


def _copy(config: Settings, info: MediaInfo, making: Making) -> None:
    try:
        with _one_at_a_time:
            _make(_copy_path(config, info.sha256), lambda out: _encode(config, info, out, making), _check_copy)
    except TelltaleError as refusal:
        making.refused = str(refusal)
    except OSError as error:
        log.exception("no copy of %s", info.sha256)
        making.refused = f"The copy could not be kept: {error.strerror}."
    except Exception:
        log.exception("no copy of %s", info.sha256)
        making.refused = "Making the copy met a fault of ours. The desk's log has the details."
    else:
        del _makings[info.sha256]


def _time(config: Settings, sha256: str, out: Path) -> None:
    original, setup = here(config, sha256), config.model_dump(mode="json", exclude={"database_url"})
    limits = Limits(config.analysis_memory, TIMER_SECONDS)
    with Confined(TIMER, limits, Reach((original,), out.parent), setup) as timer:
        timer.call({"path": str(original), "out": str(out)})


def _encode(config: Settings, info: MediaInfo, out: Path, making: Making) -> None:
    original, setup = here(config, info.sha256), config.model_dump(mode="json", exclude={"database_url"})
    limits = Limits(config.analysis_memory, config.analysis_seconds, file_bytes=LARGEST_COPY)
    with Confined(COPIER, limits, Reach((original,), out.parent), setup) as copier:
        copier.call({"path": str(original), "media": asdict(info), "out": str(out)}, making.heed)


def _make(kept: Path, write: Callable[[Path], None], check: Callable[[Path], None]) -> None:
    """Whole or not at all. What was written is checked: the process may have been taken over by the file it read."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="part-") as staging:
        made = Path(staging) / kept.name
        write(made)
        if made.is_symlink() or not made.is_file():
            raise AnalysisFailed("bad_result", "Nothing was written. The log has the details.")
        check(made)
        made.replace(kept)


def _check_times(made: Path) -> None:
    times = np.fromfile(made, "<f8")
    if not times.size or not np.isfinite(times).all() or times[0] != 0 or (np.diff(times) < 0).any():
        raise AnalysisFailed("bad_result", "The times of this clip's frames could not be read.")


def _check_copy(made: Path) -> None:
    with made.open("rb") as file:
        if file.read(8)[4:] != b"ftyp":
            raise AnalysisFailed("bad_result", "The copy is no MP4.")
