"""The look at a new file, inside the confined process (see `pipelines.confine`)."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.settings import Settings
from pipelines.confined import Report, Task
from pipelines.media.probe import probe


def prober(setup: dict[str, Any]) -> Task:
    """Says what a file is. Request: `path`, `name`, `sha256`; result: the fields of `MediaInfo`."""
    config = Settings(**setup)

    def look(request: dict[str, Any], _report: Report) -> dict[str, Any]:
        return asdict(probe(Path(request["path"]), request["name"], request["sha256"], config))

    return look
