"""A case from another desk: looked at whole, then taken in whole, or not at all.

The archive is a stranger's. Each file in it is hashed and looked at in the confined process, like one that is dropped
on the desk; each picture must be one. What people said there is kept as text beside the case (`db.case_imports`): it is
no verdict of anybody here, counts for nothing that is learned, and no answer is signed by it.
"""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from core.errors import TelltaleError
from core.settings import Settings
from core.units import size
from db import case_file, case_imports
from db.case_imports import Source
from db.rights import User, require
from db.session import session
from pipelines import storage
from pipelines.confine import Confined
from pipelines.intake import display_name, look, not_stored, one_line, prober
from pipelines.keeping.cases.archive import CASE, Reader, opened, original
from pipelines.keeping.cases.checking import whole
from pipelines.keeping.cases.exporting import this_desk
from pipelines.keeping.cases.record import CaseRecord, FileRecord, parsed
from pipelines.keeping.cases.storing import Come, Imported, Storing
from pipelines.originals import Incoming, open_regular, path_of
from pipelines.presence import ROOM
from pipelines.provenance.keeping import remember


def import_case(config: Settings, actor: User, archive: Path) -> Imported:
    """Take in a case that `export_case` of another desk, or of this one, wrote.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `bad_archive`, `other_version`, `own_case`, `no_room`, `not_stored`, `case_closed`,
            `deleted_meanwhile`; MediaRefused where a file in it is not ours to judge.
    """
    require(actor, "exchange_cases")
    with open_regular(archive) as file, opened(file, config.max_bytes) as packed, ExitStack() as stack:
        case = parsed(CaseRecord, packed.read(CASE))
        source = Source(case.desk.id, one_line(case.desk.name), case.number, packed.sha256_of(CASE) or "")
        if (known := _known(config, source)) is not None:
            return Imported(known, known=True)
        records = whole(packed, case)
        try:
            come = _bring(config, packed, records, stack)
            imported = Storing(config, actor, packed, case, source).store(come)
        except OSError as error:
            raise not_stored(error) from error
    for one in come:  # what can't be read is kept as such; the case stands without it
        remember(config, one.media_id, one.info.sha256)
    return imported


def room_for(config: Settings, needed: int) -> None:
    """Raises TelltaleError `no_room` where the disk has less than that many bytes free beside what workers need."""
    config.home.mkdir(parents=True, exist_ok=True)
    if needed + ROOM > shutil.disk_usage(config.home).free:
        said = f"Nothing was taken in: {size(needed)} would have to be stored, more than may be filled here."
        raise TelltaleError("no_room", said)


def _known(config: Settings, source: Source) -> int | None:
    """The case here, where this very archive was taken in before."""
    with session(config) as looking:
        if source.desk == this_desk(looking, config).id and case_file.get(looking, source.number):
            said = f"This archive was made by this desk, and its case is still here: case {source.number}."
            raise TelltaleError("own_case", said)
        return case_imports.case_of(looking, source) if case_imports.is_known(looking, source) else None


def _bring(config: Settings, packed: Reader, records: Sequence[FileRecord], stack: ExitStack) -> list[Come]:
    """The bytes of what the desk does not hold, hashed and looked at, but not yet in their place."""
    here = {one.media.sha256 for one in records if path_of(config.home, one.media.sha256).is_file()}
    room_for(config, packed.bytes_of(original(one.media.sha256) for one in records if one.media.sha256 not in here))
    with prober(config) as probe:
        return [_bring_one(config, packed, record, probe, stack) for record in records]


def _bring_one(
    config: Settings, packed: Reader, record: FileRecord, probe: Confined, stack: ExitStack
) -> Come:
    with ExitStack() as until_looked_at:
        incoming = until_looked_at.enter_context(Incoming(config.home, config.max_bytes))
        for chunk in packed.chunks(original(record.media.sha256)):
            incoming.write(chunk)
        sha256, name = incoming.complete(), display_name(record.media.name)
        info, held = look(incoming, sha256, name, config, probe)
        if held:
            return Come(record, info, None)
        storage.share(config, path_of(config.home, sha256), incoming.path)
        stack.push(until_looked_at.pop_all())  # its bytes stay until they are placed
    return Come(record, info, incoming)
