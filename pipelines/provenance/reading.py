"""Reading a file for its provenance, inside the confined process (see `pipelines.confine`)."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.provenance import Provenance
from core.settings import Settings
from pipelines.confined import Report, Task
from pipelines.provenance.credentials import read_credentials
from pipelines.provenance.metadata import read_facts, shown
from pipelines.provenance.tools import traces


def reader(setup: dict[str, Any]) -> Task:
    """Says what is written in a file. Request: `path`; result: the fields of `Provenance`."""
    config = Settings(**setup)

    def read(request: dict[str, Any], _report: Report) -> dict[str, Any]:
        return asdict(read_provenance(Path(request["path"]), config))

    return read


def read_provenance(path: Path, config: Settings) -> Provenance:
    """Tags, tools and credentials of one file. Raises MediaRefused where it is no medium."""
    facts = read_facts(path, config)
    anchors = config.c2pa_trust.read_text("utf-8") if config.c2pa_trust else ""
    return Provenance(shown(facts), traces(facts), read_credentials(path, anchors))
