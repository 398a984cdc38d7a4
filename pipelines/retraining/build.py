"""From verdicts and imported sets to a data version: what may be learned from, what stays apart, what was left out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.errors import AnalysisFailed, MediaRefused
from core.settings import Settings
from core.splits import drawn, tied
from core.training.sameness import same_face
from db import confirmed, data_versions, exclusions, provenance
from db.confirmed import Judged
from db.data_versions import DataVersionRow, Made
from db.rights import User
from db.session import session
from pipelines import originals
from pipelines.provenance.fingerprints import Stretch
from pipelines.retraining import items
from pipelines.retraining.copies import Copies, covered
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.cutting import Cut
from pipelines.retraining.items import Item, LeftOut, path_of
from pipelines.retraining.reference import HeldOut, held_out

SAME_FILE = 0.8  # share of a file that lies in another one, from which on it adds nothing
SAME_MOMENT = 0.1  # s
LOOKED_AT = 8  # moments, about, of two files that may be the same: aligning two faces takes 25 ms
PARTS = ("train", "dev", "gate")  # what was learned from once can't be held apart later

Face = NDArray[np.uint8]  # [side, side, 3]


@dataclass
class Sieve:
    """What goes on, and what was left out on the way."""

    left_out: list[LeftOut] = field(default_factory=list)
    waiting: int = 0  # verdicts that nobody else has looked at yet
    ties: list[tuple[str, str]] = field(default_factory=list)  # groups that one file stands in

    def leave(self, item: Item, code: str, why: str) -> None:
        """Not this one."""
        self.left_out.append(LeftOut(item.sha256, item.name, code, why))


@dataclass(frozen=True)
class Pair:
    """Two files that share something: `common` as seen from `first`, and the share of it that this makes."""

    first: Item
    second: Item
    common: list[Stretch]
    share: float


def build(config: Settings, actor: User) -> DataVersionRow:
    """The data version of this moment. The same verdicts and imports give the same version.

    Raises:
        NotAllowed: the actor may not say what a detector is trained on.
    """
    sieve = Sieve()
    wanted = [*_from_verdicts(config, sieve), *_imported(config)]
    with Cuts(config) as cuts:
        reference = held_out(config, cuts)
        usable = list(_usable(_without_conflicts(wanted, sieve), reference, cuts, config, sieve))
        pairs = list(_pairs(usable, cuts, config))
        told = _mislabelled(pairs, cuts, config)
        copied = [pair for pair in pairs if _adds_nothing(pair, cuts, config)]
    for item, other in told:
        sieve.leave(item, "mislabelled", f"It shows the very face of {other.name or other.sha256[:12]}, which is "
                    "labelled the other way. One of the two verdicts is wrong.")  # fmt: skip
    out = {item.sha256 for item, _ in told}
    kept = _collapsed([item for item in usable if item.sha256 not in out], copied, sieve)
    return _keep(config, actor, list(_parted(kept, pairs, sieve.ties, config)), sieve)


def _from_verdicts(config: Settings, sieve: Sieve) -> Iterator[Item]:
    """One item for each confirmed verdict that nothing speaks against."""
    with session(config) as opened:
        judged = confirmed.judged(opened)
        kept_out = exclusions.excluded_media(opened)
        generated = {one.media_id for one in judged if not one.fake and _says_it_is_generated(opened, one.media_id)}
    for one in judged:
        item = _item(one)
        sieve.ties += [(item.group, f"case-{case}") for case in one.cases[1:]]
        if one.standing == "alone":
            sieve.waiting += 1
        elif one.origin == "example":
            sieve.leave(item, "example", "It came with the desk as an example.")
        elif one.media_id in kept_out:
            sieve.leave(item, "excluded", f"It may not be learned from: {kept_out[one.media_id]}")
        elif one.standing == "disputed":
            sieve.leave(item, "contradictory", "Somebody dissents from the verdict, and no editor has signed it off.")
        elif one.media_id in generated:
            sieve.leave(item, "mislabelled", "The verdict calls it genuine, but its own signed credentials say that it "
                        "was generated.")  # fmt: skip
        else:
            yield item


def _says_it_is_generated(opened: Session, media_id: int) -> bool:
    """Intact credentials by somebody who is trusted say that a machine made the picture or a part of it."""
    found = provenance.of_media(opened, media_id)
    if found is None:
        return False
    said = found.credentials
    return said.ai and said.integrity == "intact" and said.trust == "trusted"


def _item(one: Judged) -> Item:
    """Its group is its first case, which stays together; a file without a case is its own."""
    return Item(
        sha256=one.sha256,
        label="fake" if one.fake else "real",
        kind=one.kind,
        method=one.picture if one.fake else "",
        dataset="desk",
        group=f"case-{one.cases[0]}" if one.cases else one.sha256,
        came="verdict",
        at=one.at.isoformat(timespec="seconds"),
        name=one.name,
    )


def _imported(config: Settings) -> Iterator[Item]:
    with session(config) as opened:
        versions = data_versions.versions(opened, "import", "generator")
    for version in reversed(versions):
        yield from items.read(config, version.sha256)


def _without_conflicts(wanted: list[Item], sieve: Sieve) -> Iterator[Item]:
    """Each file once; one that stands as genuine in one place and as fake in another is nobody's teacher."""
    by_file: dict[str, list[Item]] = defaultdict(list)
    for item in wanted:
        by_file[item.sha256].append(item)
    for same in by_file.values():
        if len({item.label for item in same}) == 1:
            yield same[0]  # verdicts come first
        else:
            sieve.leave(same[0], "contradictory", "It stands as genuine in one place and as fake in another.")


def _usable(
    wanted: Iterable[Item], reference: HeldOut, cuts: Cuts, config: Settings, sieve: Sieve
) -> Iterator[Item]:
    """Items that can be read, show a face, and stand in no held-out set."""
    for item in wanted:
        try:
            cut = _cut(item, cuts, config)
        except (MediaRefused, AnalysisFailed) as error:
            sieve.leave(item, "unreadable", error.message)
            continue
        if reference.has(item.sha256, cut.prints):
            sieve.leave(item, "held_out", "It is in the held-out reference set, or shares a part with a file there.")
        elif not len(cut.images):
            sieve.leave(item, "no_face", "No face was found in it.")
        else:
            yield item


def _cut(item: Item, cuts: Cuts, config: Settings) -> Cut:
    if item.came == "verdict":
        originals.verify(config, item.sha256)
    return cuts.of(item.sha256, path_of(config, item))


def _pairs(usable: list[Item], cuts: Cuts, config: Settings) -> Iterator[Pair]:
    """All pairs of files that are copies of each other, wholly or in part."""
    by_sha256, seen = {item.sha256: item for item in usable}, Copies()
    for item in usable:
        prints = cuts.of(item.sha256, path_of(config, item)).prints
        for other, common in seen.of(prints).items():
            yield Pair(item, by_sha256[other], common, covered(prints, common))
        seen.add(item.sha256, prints)


def _mislabelled(pairs: list[Pair], cuts: Cuts, config: Settings) -> list[tuple[Item, Item]]:
    """Items that are wrong beyond doubt, with what says so: labelled apart, and their faces are the same.

    A fake and the footage it was made of are copies too, and a good lesson; but there the face differs.
    """
    found = []
    for pair in pairs:
        if pair.first.label != pair.second.label:
            shown = _moments(pair, cuts, config)
            if shown and all(same_face(one, other) for one, other in shown):
                found += [(pair.first, pair.second), (pair.second, pair.first)]
    return found


def _adds_nothing(pair: Pair, cuts: Cuts, config: Settings) -> bool:
    """Whether the first of two files of one label lies in the other, nearly all of it.

    The same footage with another face in it is a fake of its own: sets of swaps are made so.
    """
    if pair.first.label != pair.second.label or pair.share < SAME_FILE:
        return False
    shown = _moments(pair, cuts, config)
    some = shown[:: max(1, len(shown) // LOOKED_AT)]  # one that is the same will do: of what moves, cuts slip in time
    return not some or any(same_face(one, other) for one, other in some)


def _moments(pair: Pair, cuts: Cuts, config: Settings) -> list[tuple[Face, Face]]:
    """The faces of both at each moment at which both were cut."""
    first, second = (cuts.of(item.sha256, path_of(config, item)) for item in (pair.first, pair.second))
    shift = pair.common[0].other_start - pair.common[0].start
    return [
        (first.images[i], second.images[int(np.argmin(gaps))])
        for i, time in enumerate(first.times)
        if (gaps := np.abs(second.times - (time + shift))).min() <= SAME_MOMENT
    ]


def _collapsed(usable: list[Item], copied: list[Pair], sieve: Sieve) -> list[Item]:
    """Without files that lie in one of the same label that came before."""
    kept = {item.sha256: item for item in usable}
    for pair in copied:
        if pair.first.sha256 in kept and pair.second.sha256 in kept:
            same = kept.pop(pair.first.sha256)
            sieve.leave(same, "duplicate", f"Nearly all of it is in {pair.second.name or pair.second.sha256[:12]}.")
    return list(kept.values())


def _parted(
    kept: list[Item], pairs: list[Pair], ties: list[tuple[str, str]], config: Settings
) -> Iterator[Item]:
    """Every item with its whole group, and the part that the group falls to."""
    alone = [(item.group, item.group) for item in kept]
    names = tied([*alone, *((pair.first.group, pair.second.group) for pair in pairs), *ties])
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in kept:
        groups[names[item.group]].append(item)
    before = _parts_before(config)
    for name, members in groups.items():
        part = _part(name, {before[item.sha256] for item in members if item.sha256 in before})
        yield from (replace(item, group=name, split=part) for item in members)


def _part(group: str, before: set[str]) -> str:
    """A new group is drawn. One that has been learned from stays with the lesson, whoever joins it."""
    return next((part for part in PARTS if part in before), None) or drawn(group)


def _parts_before(config: Settings) -> dict[str, str]:
    """The part that each file was in so far: `train` where it ever was."""
    with session(config) as opened:
        versions = data_versions.versions(opened, "desk")
    found: dict[str, str] = {}
    for version in versions:
        for item in items.read(config, version.sha256):
            found[item.sha256] = min(found.get(item.sha256, item.split), item.split, key=PARTS.index)
    return found


def _keep(config: Settings, actor: User, parted: list[Item], sieve: Sieve) -> DataVersionRow:
    sha256 = items.write(config, parted)
    with session(config) as opened:
        imports = data_versions.versions(opened, "import", "generator")
        before = data_versions.versions(opened, "desk")[:1]
        made = Made(
            sha256=sha256,
            origin="desk",
            name="verdicts and imports" if imports else "verdicts",
            counts=items.counted(parted) | {"waiting": sieve.waiting},
            left_out=tuple(asdict(one) for one in sieve.left_out),
            parents=tuple(version.sha256 for version in (*before, *imports)),
        )
        return data_versions.keep(opened, actor, made)
