"""Whether the parts of an archive belong together: everything that can be known before a file is looked at."""

import re
from collections.abc import Iterator

import numpy as np

from core.fingerprints import Fingerprint
from pipelines.keeping.cases.archive import CASE, Reader, file_record, original, picture
from pipelines.keeping.cases.record import Analysed, CaseRecord, Exhibit, FileRecord, bad, parsed
from pipelines.staging import fault_of

SHA256 = re.compile(r"[0-9a-f]{64}")


def whole(packed: Reader, case: CaseRecord) -> list[FileRecord]:
    """What the archive says of each file of the case, in its order.

    Raises:
        TelltaleError: `bad_archive`: something is missing, altered, or there for no reason.
    """
    records = [_of_exhibit(packed, one) for one in case.exhibits]
    if len({one.media.sha256 for one in records}) != len(records):
        raise bad("a file stands in the case twice")
    if packed.paths() != {CASE} | {path for record in records for path in _paths(record)}:
        raise bad("it holds more or less than its case speaks of")
    for record in records:
        for analysis in record.analyses:
            _check_pictures(packed, analysis)
    return records


def fingerprint(record: FileRecord) -> Fingerprint | None:
    """The fingerprint in a record; None where there is none.

    Raises:
        TelltaleError: `bad_archive`.
    """
    if record.fingerprint is None:
        return None
    try:
        prints = Fingerprint.of_bytes(*map(bytes.fromhex, record.fingerprint))
    except ValueError as error:
        raise bad("a fingerprint in it has another shape") from error
    if not np.isfinite(prints.times).all() or (np.diff(prints.times) < 0).any():
        raise bad("a fingerprint in it has times that can't be")
    return prints


def _of_exhibit(packed: Reader, one: Exhibit) -> FileRecord:
    path = file_record(one.sha256)
    record = parsed(FileRecord, packed.read(path))
    if packed.sha256_of(path) != one.record or record.media.sha256 != one.sha256:
        raise bad(f"{path} is not what its case speaks of")
    made = [(analysis.evidence.model.sha256, analysis.settings_hash) for analysis in record.analyses]
    ids = {analysis.id for analysis in record.analyses}
    if len(set(made)) != len(made) or len(ids) != len(made) or one.counts not in {None, *ids}:
        raise bad(f"the analyses in {path} don't go together")
    if not all(SHA256.fullmatch(weights) for weights, _ in made):  # it becomes a path
        raise bad(f"{path} names weights that can't be")
    fingerprint(record)
    return record


def _paths(record: FileRecord) -> Iterator[str]:
    yield file_record(record.media.sha256)
    yield original(record.media.sha256)
    yield from (picture(one.sha256) for analysis in record.analyses for one in analysis.pictures)


def _check_pictures(packed: Reader, analysis: Analysed) -> None:
    for one in analysis.pictures:
        if fault := fault_of(packed.read(picture(one.sha256)), one.kind):
            raise bad(f"picture {one.sha256[:12]} {fault}")
