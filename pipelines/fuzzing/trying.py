"""Reading broken files as the desk would, many in one confined process (see `pipelines.confine`)."""

import gc
import time
import traceback
from pathlib import Path
from typing import Any

from core.errors import TelltaleError
from core.settings import Settings
from pipelines.confined import Report, Task, ran_out_of_memory
from pipelines.fuzzing.mutate import broken
from pipelines.media.decode import sampled_frames
from pipelines.media.probe import probe
from pipelines.provenance.fingerprints import Fingerprinter
from pipelines.provenance.reading import read_provenance

Json = dict[str, Any]
SHA256 = "0" * 64  # nothing here depends on it


def reader(setup: Json) -> Task:
    """Reads the broken files `first` to `last` of `seed`. Result: a list of [number, what became of it, seconds].

    Setup: `settings`, and the folders `seeds` and `scratch`. Tells each number before it begins.
    """
    config = Settings(**setup["settings"])
    seeds = {path.name: path.read_bytes() for path in Path(setup["seeds"]).iterdir()}
    place = Path(setup["scratch"]) / "broken"

    def read_all(request: Json, report: Report) -> Json:
        told = []
        for number in range(request["first"], request["last"] + 1):
            report({"number": number})
            began = time.monotonic()
            place.write_bytes(broken(seeds, request["seed"], number).content)
            told.append([number, _became(place, config), time.monotonic() - began])
            gc.collect()  # as after each call
        return {"told": told}

    return read_all


def _became(path: Path, config: Settings) -> str:
    """How a file ended: a code of ours, "read", or "fault" with where it happened, which is a finding."""
    ends = [_ended(read, path, config) for read in (_look, _trace)]
    return next((end for end in ends if end.startswith("fault")), ends[0])


def _ended(read: Any, path: Path, config: Settings) -> str:
    try:
        read(path, config)
    except TelltaleError as error:
        return error.code
    except Exception as error:
        if ran_out_of_memory(error):
            return "memory"
        return "fault: " + "".join(traceback.format_exception(error)[-3:])[-1500:]
    return "read"


def _look(path: Path, config: Settings) -> None:
    """What intake and the analysis do with it, but for the faces."""
    info = probe(path, path.name, SHA256, config)
    prints = Fingerprinter(info.duration)
    grid = (config.samples_per_second, config.min_samples, config.max_samples)
    frames = sampled_frames(path, info, *grid, config.max_pixels)
    for frame in frames:
        prints.see(frame)


def _trace(path: Path, config: Settings) -> None:
    read_provenance(path, config)
