"""The analysis of a file, inside the confined process (see `pipelines.confine`)."""

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.detectors.registry import Detector, load
from core.errors import AnalysisFailed
from core.evidence import MediaInfo
from core.gpu import Device
from core.settings import Settings
from pipelines import staging
from pipelines.confined import Report, Task
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.provenance.fingerprints import Fingerprinter

VERSIONS = 2  # detectors that stay loaded: the one in service, and one that is tried beside it


def analyst(setup: dict[str, Any]) -> Task:
    """Analyses files, with networks that are loaded once. Setup: `settings`, the `device`, the `model` to begin with.

    Request: `path`, `media`, `staging`, `samples_per_second`, `model` (as `pipelines.serving.for_child` gives it); the
    result lies in the staging folder.
    """
    config, device = Settings(**setup["settings"]), setup["device"]
    finder = _finder(config)
    if setup["model"]:
        _detector(**setup["model"], device=device)

    def examine(request: dict[str, Any], report: Report) -> dict[str, Any]:
        detector = _detector(**request["model"], device=device)
        info = TypeAdapter(MediaInfo).validate_python(request["media"])
        path, looking = Path(request["path"]), config.sampling(request["samples_per_second"])
        prints = Fingerprinter(info.duration)
        found = analyse(
            path, info, detector, finder, looking, lambda progress: report(asdict(progress)), prints.see
        )
        staging.write(Path(request["staging"]), found)
        staging.write_fingerprint(Path(request["staging"]), prints.made())
        return {"band": found.band}

    return examine


@lru_cache(VERSIONS)
def _detector(folder: str, card_sha256: str, device: Device) -> Detector:
    """The detector in a folder, loaded anew only when its card changed."""
    return load(Path(folder), device)


def _finder(config: Settings) -> FaceFinder:
    """Never closed: it lives as long as its process, which ends without collecting garbage."""
    try:
        return FaceFinder(config.face_models)
    except FileNotFoundError as error:
        raise AnalysisFailed("no_face_models", str(error)) from error
