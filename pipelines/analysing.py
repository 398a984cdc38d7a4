"""The analysis of a file, inside the confined process (see `pipelines.confine`)."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.detectors.registry import load
from core.errors import AnalysisFailed
from core.evidence import MediaInfo
from core.settings import Settings
from pipelines import staging
from pipelines.confined import Report, Task
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.provenance.fingerprints import Fingerprinter


def analyst(setup: dict[str, Any]) -> Task:
    """Analyses files, with models that are loaded once.

    Request: `path`, `media`, `staging`; the result lies in the staging folder.
    """
    config = Settings(**setup)
    detector, finder = load(config.models / config.detector), _finder(config)

    def examine(request: dict[str, Any], report: Report) -> dict[str, Any]:
        info = TypeAdapter(MediaInfo).validate_python(request["media"])
        path = Path(request["path"])
        prints = Fingerprinter(info.duration)
        found = analyse(
            path, info, detector, finder, config, lambda progress: report(asdict(progress)), prints.see
        )
        staging.write(Path(request["staging"]), found)
        staging.write_fingerprint(Path(request["staging"]), prints.made())
        return {"band": found.band}

    return examine


def _finder(config: Settings) -> FaceFinder:
    """Never closed: it lives as long as its process, which ends without collecting garbage."""
    try:
        return FaceFinder(config.face_models)
    except FileNotFoundError as error:
        raise AnalysisFailed("no_face_models", str(error)) from error
