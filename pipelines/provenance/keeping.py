"""Reading a file's provenance once and keeping it, whatever becomes of the reading."""

import logging
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import AnalysisFailed, MediaRefused
from core.provenance import Provenance
from core.settings import Settings
from db import provenance
from db.session import session
from pipelines.confine import Confined, Limits, Reach
from pipelines.originals import here

READ = "pipelines.provenance.reading:reader"
MEMORY = 1 << 30  # bytes; tags are small, and credentials are checked in pieces
SECONDS = 300.0  # the whole file is hashed where it has credentials

log = logging.getLogger("telltale.provenance")


def remember(config: Settings, media_id: int, sha256: str) -> None:
    """Keep the provenance of a file that has none yet; one that can't be read is kept with the reason."""
    with session(config) as opened:
        if provenance.of_media(opened, media_id):
            return
    found = _read(config, sha256)
    with session(config) as opened:
        provenance.keep(opened, media_id, found)


def _read(config: Settings, sha256: str) -> Provenance:
    setup = config.model_dump(mode="json", exclude={"database_url"})
    path = here(config, sha256)
    reach = Reach((path, config.c2pa_trust) if config.c2pa_trust else (path,))
    try:
        with Confined(READ, Limits(MEMORY, SECONDS), reach, setup) as child:
            return _checked(child.call({"path": str(path)}))
    except (AnalysisFailed, MediaRefused) as failure:
        log.warning("the provenance of %s could not be read: %s", sha256[:12], failure.message)
        return Provenance(failed=failure.message)


def _checked(answer: dict[str, Any]) -> Provenance:
    try:
        return TypeAdapter(Provenance).validate_python(answer)
    except ValidationError as error:
        raise AnalysisFailed("bad_result", "Reading this file's tags gave no usable answer.") from error
