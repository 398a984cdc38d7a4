"""All that a report says, in one frozen record: gathered once, then written as PDF, CSV or JSON without asking again.

Two reports from equal dossiers are equal byte for byte: the time of issue is a part of the record, no clock is asked
later. `fingerprint` is printed in every report; `evidence_fingerprint` stands for the part that may never change.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from core.detectors.card import Card
from core.evidence import Evidence
from core.provenance import Provenance

Scope = Literal["analysis", "case"]


@dataclass(frozen=True)
class Who:
    """Somebody, under the name and with the role that she had then."""

    name: str
    login: str
    role: str | None


@dataclass(frozen=True)
class Issue:
    """The report itself."""

    reference: str  # "TT-20261124-7F3A9C1B": unique on this desk
    scope: Scope
    subject: str  # "analysis:12" or "case:4", as in the log
    at: datetime
    by: Who
    version: str  # of Telltale


@dataclass(frozen=True)
class Outlet:
    """In whose name a report is given."""

    name: str
    logo: bytes | None  # PNG or JPEG


@dataclass(frozen=True)
class Request:
    """What was asked, by whom, and what an editor answered. Without a case there is no question of anybody's."""

    title: str
    question: str
    requester: str
    deadline: datetime | None
    tags: tuple[str, ...]
    assignees: tuple[Who, ...]
    opened_by: Who
    opened_at: datetime
    status: str
    answer: str | None
    answered_by: Who | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Received:
    """A file as it came in. `sources` are the pages that it was taken from."""

    names: tuple[str, ...]
    at: datetime
    example: bool  # one that came with the desk
    sources: tuple["Source", ...]


@dataclass(frozen=True)
class Source:
    """A page as it was when a file was taken from it."""

    address: str
    title: str
    at: datetime
    uploader: str = ""  # as the page names her


@dataclass(frozen=True)
class KeyFrame:
    """One of the frames that weigh most: the frame, the face as it was scored, and where the model looked.

    The pictures are the very files that the analysis kept. `box` is in pixels of the upright frame, and `frame` has
    `frame_scale` pixels for each of those.
    """

    track: str
    index: int
    time: float  # s
    score: float | None
    box: tuple[float, float, float, float]
    frame: bytes
    crop: bytes
    heat: bytes
    frame_scale: float
    variants: Mapping[str, float] = field(default_factory=dict)  # what it scores after "jpeg", "small", "flip"


@dataclass(frozen=True)
class Kept:
    """A picture that the analysis kept, by its hash of then; `intact` is whether its file still has that hash."""

    kind: str  # "frame", "crop", "heat"
    track: str
    index: int
    sha256: str
    intact: bool
    variants: Mapping[str, float] = field(default_factory=dict)  # as of the key frame that it belongs to


@dataclass(frozen=True)
class Analysed:
    """What the machine found, by which weights, when. `key_frames` are some of those kept, heaviest first."""

    id: int
    at: datetime
    settings_hash: str
    evidence: Evidence
    card: str | None  # `Card.own_sha256` of the card that its scores were read by; None where the desk has it no more
    kept: tuple[Kept, ...]
    key_frames: tuple[KeyFrame, ...]

    @property
    def frames_kept(self) -> int:
        """Of how many frames there are pictures."""
        return len({(picture.track, picture.index) for picture in self.kept})


@dataclass(frozen=True)
class Opinion:
    """What another analyst thinks of a verdict."""

    by: Who
    stance: str  # "confirm", "dissent"
    reason: str
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """What somebody holds a file to be, with what others said of it."""

    picture: str
    sound: str | None
    confidence: str
    reason: str
    links: tuple[str, ...]
    by: Who
    at: datetime
    analysis_id: int | None
    current: bool
    opinions: tuple[Opinion, ...]
    signed_by: Who | None
    signed_at: datetime | None


@dataclass(frozen=True)
class FirstLook:
    """What somebody took a file for before she was shown the machine's band; `skipped` is the reason for none."""

    by: Who
    impression: str | None
    skipped: str | None
    at: datetime


@dataclass(frozen=True)
class Note:
    """A note pinned to a moment."""

    time: float  # s
    track: str | None
    text: str
    by: Who
    at: datetime


@dataclass(frozen=True)
class Exhibit:
    """One file of the report. `verdicts` has the current one first, then those that it took the place of."""

    number: int
    media_id: int
    sha256: str
    kind: str
    bytes: int
    container: str
    codec: str
    width: int
    height: int
    duration: float | None
    fps: float | None
    has_audio: bool
    received: Received
    original_intact: bool  # the stored bytes had this hash when the report was made
    analysed: Analysed | None
    verdicts: tuple[Verdict, ...]
    notes: tuple[Note, ...]
    provenance: Provenance | None  # None where nothing was read
    first_looks: tuple[FirstLook, ...] = ()  # oldest first

    @property
    def name(self) -> str:
        """The name that it goes by in the report."""
        return self.analysed.evidence.media.name if self.analysed else self.received.names[0]

    @property
    def verdict(self) -> Verdict | None:
        """The one that counts now."""
        return next((verdict for verdict in self.verdicts if verdict.current), None)


@dataclass(frozen=True)
class Entry:
    """One entry of the log, in the chain of custody."""

    number: int
    at: datetime
    by: str
    action: str
    subject: str
    details: Mapping[str, Any]
    sha256: str


@dataclass(frozen=True)
class Custody:
    """Who did what to the exhibits, oldest first, and whether the log's chain held when the report was made."""

    entries: tuple[Entry, ...]
    chain_holds: bool
    chain_head: str


@dataclass(frozen=True)
class Dossier:
    """The whole."""

    issue: Issue
    outlet: Outlet
    request: Request | None
    exhibits: tuple[Exhibit, ...]
    cards: tuple[Card, ...]  # of the detectors that spoke, where this desk still has them
    custody: Custody

    def card(self, exhibit: Exhibit) -> Card | None:
        """The card by which the scores of an exhibit were read."""
        read_by = exhibit.analysed.card if exhibit.analysed else None
        return next((card for card in self.cards if card.own_sha256() == read_by), None)


def plain(value: Any) -> Any:
    """Any part of a dossier in JSON's own types. Pictures are told by their SHA-256."""
    if isinstance(value, Card):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def fingerprint(dossier: Dossier) -> str:
    """SHA-256 of all that a report says."""
    return _sha256(plain(dossier))


def evidence_fingerprint(exhibit: Exhibit) -> str:
    """SHA-256 of what was received and what the machine found in it: verdicts and notes may be added later.

    What counts is named one by one: a field that later versions add must not make old reports look altered.
    """
    found = _found(exhibit.analysed) | _told_beside(exhibit.analysed) if exhibit.analysed else None
    return _sha256({"sha256": exhibit.sha256, "bytes": exhibit.bytes, "found": found})


def first_evidence_fingerprint(exhibit: Exhibit) -> str:
    """The same as it was first taken, without the figures that stand beside a score: reports of then hold it."""
    found = _found(exhibit.analysed) if exhibit.analysed else None
    return _sha256({"sha256": exhibit.sha256, "bytes": exhibit.bytes, "found": found})


def _told_beside(analysed: Analysed) -> dict[str, Any]:
    """How well each face could be seen, and what became of scores when pictures were changed."""
    tracks = analysed.evidence.tracks
    return {
        "quality": [[one.id, seen.index, plain(seen.quality)] for one in tracks for seen in one.frames],
        "reach": [[one.id, one.raw_low, one.raw_high] for one in tracks],
        "variants": [[one.kind, one.track, one.index, plain(one.variants)] for one in analysed.kept],
    }


def _found(analysed: Analysed) -> dict[str, Any]:
    found = analysed.evidence
    return {
        "at": plain(analysed.at),
        "settings": analysed.settings_hash,
        "model": [found.model.name, found.model.version, found.model.sha256],
        "result": [found.band, found.score, found.raw_score, found.frames_sampled],
        "tracks": [[one.id, one.start, one.end, one.band, one.score, one.raw_score] for one in found.tracks],
        "frames": [
            [one.id, seen.index, seen.time, list(seen.box), seen.score, seen.raw_score]
            for one in found.tracks
            for seen in one.frames
        ],
        "findings": [[one.code, one.text, one.track, one.start, one.end] for one in found.findings],
        "shots": list(found.shots),
        "pictures": [[one.kind, one.track, one.index, one.sha256] for one in analysed.kept],
    }


def _sha256(content: Any) -> str:
    """Of canonical JSON: keys in order, no spaces, one text for one content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
