"""From the desk to a dossier: one analysis, or a whole case. Nothing is asked again after that."""

import hashlib
from collections.abc import Iterator, Sequence
from operator import attrgetter

from sqlalchemy.orm import Session

from core.detectors.card import Card
from core.errors import AnalysisFailed, TelltaleError
from core.evidence import Evidence
from core.settings import Settings
from db import analyses, audit, case_file, first_looks, media, notes, provenance, verdicts
from db.analyses import Picture, StoredAnalysis
from db.audit import Event
from db.case_file import CaseFile
from db.rights import User
from db.verdicts import VerdictRow
from pipelines import originals, storage
from pipelines.cards import card_of
from pipelines.reports.dossier import (
    Analysed,
    Custody,
    Dossier,
    Entry,
    Exhibit,
    FirstLook,
    Issue,
    Kept,
    KeyFrame,
    Note,
    Opinion,
    Received,
    Request,
    Source,
    Verdict,
    Who,
)
from pipelines.reports.outlet import outlet

MOST_ENTRIES = 100_000  # of the log about one file
INTERNAL = "case.comment"  # what people say to each other on the way is not a part of the report


def gather(session: Session, config: Settings, issue: Issue) -> Dossier:
    """All that a report about `issue.subject` says.

    Raises:
        TelltaleError: `no_subject` where the desk does not hold it, `bad_logo`.
    """
    number = int(issue.subject.partition(":")[2])
    case = case_file.get(session, number) if issue.scope == "case" else None
    if issue.scope == "case" and (case is None or not case.exhibits):
        raise TelltaleError("no_subject", "A report needs a case with at least one file in it.")
    exhibits = _of_case(session, config, case) if case else (_of_analysis(session, config, number),)
    return Dossier(
        issue=issue,
        outlet=outlet(config),
        request=request_of(case) if case else None,
        exhibits=exhibits,
        cards=_cards(config, exhibits),
        custody=_custody(session, exhibits, issue.subject),
    )


def _of_case(session: Session, config: Settings, case: CaseFile) -> tuple[Exhibit, ...]:
    return tuple(
        exhibit(session, config, place, one.media_id, one.analysis_id)
        for place, one in enumerate(case.exhibits, 1)
    )


def _of_analysis(session: Session, config: Settings, analysis_id: int) -> Exhibit:
    stored = analyses.get(session, analysis_id)
    if stored is None:
        raise TelltaleError("no_subject", "This analysis is not on this desk.")
    return exhibit(session, config, 1, stored.media_id, analysis_id)


def exhibit(
    session: Session, config: Settings, number: int, media_id: int, analysis_id: int | None
) -> Exhibit:
    """One file with its analysis, verdicts, notes and provenance. Its original and its pictures are hashed anew."""
    stored = analyses.get(session, analysis_id) if analysis_id is not None else None
    name = stored.evidence.media.name if stored else None
    info = media.get(session, media_id, name)
    assert info is not None, "a case and an analysis can't outlive their file"
    return Exhibit(
        number=number,
        media_id=media_id,
        sha256=info.sha256,
        kind=info.kind,
        bytes=info.bytes,
        container=info.container,
        codec=info.codec,
        width=info.width,
        height=info.height,
        duration=info.duration,
        fps=info.fps,
        has_audio=info.has_audio,
        received=received_of(session, media_id, info.sha256),
        original_intact=original_intact(config, info.sha256),
        analysed=_analysed(config, stored) if stored else None,
        verdicts=verdicts_of(session, media_id),
        notes=notes_of(session, analysis_id) if analysis_id is not None else (),
        provenance=provenance.of_media(session, media_id),
        first_looks=first_looks_of(session, media_id),
    )


def original_intact(config: Settings, sha256: str) -> bool:
    """Whether the stored bytes are those that came in."""
    try:
        originals.verify(config, sha256)
    except AnalysisFailed:
        return False
    return True


def received_of(session: Session, media_id: int, sha256: str) -> Received:
    """How a file came to the desk."""
    came = media.came(session, media_id)
    return Received(
        names=tuple(media.names(session, sha256)),
        at=came.at,
        example=came.origin == "example",
        sources=tuple(
            Source(one.address, one.title, one.captured_at, one.uploader)
            for one in provenance.captures(session, media_id)
        ),
    )


def _analysed(config: Settings, stored: StoredAnalysis) -> Analysed:
    card = card_of(config, stored.evidence.model.sha256, stored.created_at)
    read = {picture.path: _read(config, picture) for picture in stored.pictures}
    return Analysed(
        id=stored.id,
        at=stored.created_at,
        settings_hash=stored.settings_hash,
        evidence=stored.evidence,
        card=card.own_sha256() if card else None,
        kept=tuple(
            Kept(one.kind, one.track, one.index, one.sha256, read[one.path] is not None, one.variants)
            for one in stored.pictures
        ),
        key_frames=tuple(_key_frames(stored.evidence, stored.pictures, read))[: config.report_frames],
    )


def _read(config: Settings, picture: Picture) -> bytes | None:
    """The picture as it was kept; None where its file is gone or is another one by now."""
    path = storage.here(config, config.home / picture.path)
    content = path.read_bytes() if path.is_file() else b""
    return content if hashlib.sha256(content).hexdigest() == picture.sha256 else None


def _key_frames(
    found: Evidence, pictures: Sequence[Picture], read: dict[str, bytes | None]
) -> Iterator[KeyFrame]:
    """Frames whose three pictures are all there and unchanged, those that weigh most first."""
    parts = {(one.track, one.index, one.kind): one for one in pictures}
    seen = [
        (track.id, frame) for track in found.tracks for frame in track.frames if frame.raw_score is not None
    ]
    for track, frame in sorted(seen, key=lambda one: (-(one[1].raw_score or 0.0), one[0], one[1].index)):
        three = [parts.get((track, frame.index, kind)) for kind in ("frame", "crop", "heat")]
        contents = [read[one.path] for one in three if one is not None]
        whole, crop, heat = contents if len(contents) == 3 else (None, None, None)
        if whole and crop and heat and three[0]:
            scale = three[0].frame_scale
            variants = three[2].variants if three[2] else {}
            yield KeyFrame(
                track, frame.index, frame.time, frame.score, frame.box, whole, crop, heat, scale, variants
            )


def request_of(case: CaseFile) -> Request:
    """What a case asks, and what was answered."""
    return Request(
        title=case.title,
        question=case.question,
        requester=case.requester,
        deadline=case.deadline,
        tags=case.tags,
        assignees=tuple(map(who, case.assignees)),
        opened_by=who(case.opened_by),
        opened_at=case.opened_at,
        status=case.status,
        answer=case.answer,
        answered_by=who(case.answered_by) if case.answered_by else None,
        answered_at=case.answered_at,
    )


def verdicts_of(session: Session, media_id: int) -> tuple[Verdict, ...]:
    """Every verdict on a file, newest first."""
    return tuple(_verdict(row) for row in verdicts.history(session, media_id))


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        picture=row.picture,
        sound=row.sound,
        confidence=row.confidence,
        reason=row.reason,
        links=row.links,
        by=who(row.user),
        at=row.at,
        analysis_id=row.analysis_id,
        current=row.current,
        opinions=tuple(Opinion(who(one.user), one.stance, one.reason, one.at) for one in row.opinions),
        signed_by=who(row.sign_off.user) if row.sign_off else None,
        signed_at=row.sign_off.at if row.sign_off else None,
    )


def first_looks_of(session: Session, media_id: int) -> tuple[FirstLook, ...]:
    """What people took a file for at first, oldest first."""
    given = first_looks.of_media(session, media_id)
    return tuple(FirstLook(who(one.user), one.impression, one.skipped, one.at) for one in given)


def notes_of(session: Session, analysis_id: int) -> tuple[Note, ...]:
    """The notes of an analysis, in the order of their moments."""
    kept = notes.of_analysis(session, analysis_id)
    return tuple(Note(row.time, row.track, row.text, who(row.user), row.at) for row in kept)


def who(user: User) -> Who:
    """Somebody as the report names her."""
    return Who(user.name, user.login, user.role)


def _cards(config: Settings, exhibits: Sequence[Exhibit]) -> tuple[Card, ...]:
    """Each that scores were read by, once, by the hash of its weights."""
    spoke = [(one.analysed.evidence.model.sha256, one.analysed.at) for one in exhibits if one.analysed]
    found = [card for sha256, at in spoke if (card := card_of(config, sha256, at))]
    return tuple(sorted({card.own_sha256(): card for card in found}.values(), key=attrgetter("sha256")))


def _custody(session: Session, exhibits: Sequence[Exhibit], subject: str) -> Custody:
    """What was done to each file and its analyses, and to the case, each entry once, oldest first."""
    found: dict[int, Event] = {}
    for one in exhibits:
        found |= {event.number: event for event in audit.of_media(session, one.media_id, MOST_ENTRIES)}
    found |= {event.number: event for event in audit.events(session, subject, limit=MOST_ENTRIES)}
    checked = audit.verify(session)
    entries = tuple(_entry(found[number]) for number in sorted(found))
    return Custody(entries, checked.broken is None, checked.head)


def _entry(event: Event) -> Entry:
    details = {} if event.action == INTERNAL else event.details
    return Entry(event.number, event.at, event.actor, event.action, event.subject, details, event.sha256)
