"""Which files on this desk are copies of a file, or share a part with it.

A hash is cut into pieces of 16 bits. A copy's hash differs in some bits, but rarely in all of its pieces, so copies
are found by the pieces that they share, through an index; only the few best are then compared frame by frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.fingerprints import VIEWS, Fingerprint
from db import fingerprints
from db.fingerprints import Known
from pipelines.provenance.fingerprints import Stretch, stretches

PIECES, PIECES_OF_CROPS = 8, 2  # of the whole frame, and of each crop, which fits almost exactly where it fits
INDEXED_APART = 1.0  # s between two key frames by which a file can be found
INDEXED_MOST = 256
SAME = 8  # bits: a frame that differs by no more adds nothing to the index
ASKED_MOST = 600  # key frames that are looked for
COMPARED = 50  # files that are compared frame by frame


@dataclass(frozen=True)
class NearCopy:
    """A file that shares `stretches` with the one asked about."""

    file: Known
    stretches: tuple[Stretch, ...]
    before: bool  # whether it came to the desk first


def near_copies(session: Session, media_id: int) -> list[NearCopy] | None:
    """Files that share something with this one, the longest first; None where it has no fingerprint yet."""
    this = fingerprints.of_media(session, [media_id]).get(media_id)
    if this is None:
        return None
    candidates = fingerprints.sharing(session, asked_keys(this), media_id, COMPARED)
    prints = fingerprints.of_media(session, candidates)
    common = {other: stretches(this, prints[other]) for other in candidates if other in prints}
    copies = [other for other, found in common.items() if found]
    files = fingerprints.known(session, [*copies, media_id])
    arrived = files[media_id].added_at
    found = [
        NearCopy(files[one], tuple(common[one]), (files[one].added_at, one) < (arrived, media_id))
        for one in copies
    ]
    return sorted(found, key=lambda copy: -sum(stretch.frames for stretch in copy.stretches))


def index_keys(prints: Fingerprint) -> set[int]:
    """The keys by which a file is found."""
    chosen = list(_distinct(prints))
    return _keys(prints.hashes[_thinned(len(chosen), INDEXED_MOST, chosen)])


def asked_keys(prints: Fingerprint) -> set[int]:
    """The keys that are looked for: of more frames, because a copy may have been sampled in between."""
    return _keys(prints.hashes[_thinned(len(prints), ASKED_MOST, list(range(len(prints))))])


def _distinct(prints: Fingerprint) -> Iterator[int]:
    last: int | None = None
    for number, time in enumerate(prints.times):
        if last is not None:
            apart = np.bitwise_count(prints.hashes[number, 0] ^ prints.hashes[last, 0]).sum()
            if time - prints.times[last] < 0.99 * INDEXED_APART or apart <= SAME:
                continue
        last = number
        yield number


def _thinned(count: int, most: int, chosen: list[int]) -> list[int]:
    return [chosen[place] for place in np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))]


def _keys(hashes: NDArray[np.uint8]) -> set[int]:
    """Place of a piece in its hash, and the 16 bits that stand there, as one number."""
    found: set[int] = set()
    for view in range(VIEWS):
        pieces = np.ascontiguousarray(hashes[:, view]).view(">u2").astype(np.int64)
        for place in range(PIECES if view == 0 else PIECES_OF_CROPS):
            found.update((place << 16 | pieces[:, place]).tolist())
    return found
