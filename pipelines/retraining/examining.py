"""What a detector says about a file, in the confined process: the desk's analysis, with the frames of an evaluation."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.detectors.registry import load
from core.settings import Settings
from pipelines import staging
from pipelines.confined import Report, Task
from pipelines.evaluation import FRAMES
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe
from pipelines.wearing import worn_copy


def examiner(setup: dict[str, Any]) -> Task:
    """Examines files by the detector in `setup["folder"]`. Request: `path`, `worn`, `out`, a folder."""
    config = Settings(**setup["settings"])
    brief = config.model_copy(update={"min_samples": FRAMES, "max_samples": FRAMES})
    detector, finder = load(Path(setup["folder"])), FaceFinder(config.face_models)

    def examine(request: dict[str, Any], report: Report) -> dict[str, Any]:
        path = Path(request["path"])
        with tempfile.TemporaryDirectory() as scratch:
            if request["worn"]:
                path = worn_copy(path, Path(scratch) / "worn.mp4")
            info = probe(path, "", sha256="", limits=config)
            staging.write(Path(request["out"]), analyse(path, info, detector, finder, brief, lambda _: None))
        return {"media": asdict(info)}

    return examine
