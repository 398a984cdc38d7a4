"""Whether what the desk remembers is there once and whole. Only looks, and says in sentences what is wrong.

The tables' own keys keep most of this from happening. They are not believed here.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Exists, Select, String, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from db.models import (
    Analysis,
    Artifact,
    FingerprintRecord,
    FrameScore,
    Job,
    Media,
    ProvenanceRecord,
    Track,
)
from db.models_people import AuditEvent

JUDGED = ("signs", "inconclusive", "no_signs")
PICTURES_OF_A_PLACE = 3  # crop, heatmap, frame
SLACK = 0.001  # s


def flaws(session: Session) -> list[str]:
    """All that is wrong, each as a sentence about one row; empty where nothing is."""
    return [
        sentence.format(*row)
        for sentence, query in (*_twice(), *_half(), *_without_end())
        for row in session.execute(query)
    ]


Question = tuple[str, Select[*tuple[Any, ...]]]  # a sentence, and the rows to fill it with


def _twice() -> Iterator[Question]:
    same = (Analysis.media_id, Analysis.model_id, Analysis.samples_per_second)
    yield (
        "File {} was analysed {} times by the same weights in the same way.",
        select(Analysis.media_id, func.count()).group_by(*same).having(func.count() > 1),
    )
    subject = literal("analysis:") + cast(Analysis.id, String)
    told = and_(AuditEvent.action == "analysis.stored", AuditEvent.subject == subject)
    yield (
        "The log tells {1} times that analysis {0} was stored.",
        select(Analysis.id, func.count(AuditEvent.id)).outerjoin(AuditEvent, told)
        .group_by(Analysis.id).having(func.count(AuditEvent.id) != 1),
    )  # fmt: skip


def _half() -> Iterator[Question]:
    yield (
        "Track {} of analysis {} has no scores.",
        _tracks().where(~exists().where(FrameScore.track_id == Track.id)),
    )
    first, last = func.min(FrameScore.time), func.max(FrameScore.time)
    yield (
        "The scores of track {} of analysis {} do not reach from its start to its end.",
        _tracks().join(FrameScore, FrameScore.track_id == Track.id)
        .group_by(Track.id, Track.label, Track.analysis_id, Track.start, Track.end)
        .having(or_(func.abs(first - Track.start) > SLACK, func.abs(last - Track.end) > SLACK)),
    )  # fmt: skip
    yield (
        "Of {1} tracks of analysis {0}, some are missing.",
        select(Track.analysis_id, func.count()).group_by(Track.analysis_id)
        .having(func.max(Track.position) + 1 != func.count()),
    )  # fmt: skip
    place = (Artifact.analysis_id, Artifact.track, Artifact.frame_index)
    yield (
        "Analysis {} has not all pictures of track {} at frame {}.",
        select(*place).group_by(*place).having(func.count(Artifact.kind.distinct()) != PICTURES_OF_A_PLACE),
    )
    judged = select(Analysis.id, Analysis.band).where(Analysis.band.in_(JUDGED))
    yield "Analysis {} says {} without a score.", judged.where(Analysis.score.is_(None))
    for what, table in (("tracks", Track), ("pictures", Artifact)):
        none = ~exists().where(table.analysis_id == Analysis.id)
        yield f"Analysis {{}} says {{}} without {what}.", judged.where(none)


def _tracks() -> Select[*tuple[Any, ...]]:
    return select(Track.label, Track.analysis_id)


def _without_end() -> Iterator[Question]:
    yield "Job {} has not ended: {}.", select(Job.id, Job.state).where(Job.state.in_(("queued", "running")))
    done = select(Job.id).where(Job.state == "done")
    yield "Job {} is done and has no analysis.", done.where(Job.analysis_id.is_(None))
    yield (
        "Job {} is done with the analysis of another file.",
        done.join(Job.analysis).where(Analysis.media_id != Job.media_id),
    )
    no_reason = or_(func.coalesce(Job.error_code, "") == "", func.coalesce(Job.error_message, "") == "")
    yield "Job {} failed and does not say why.", select(Job.id).where(Job.state == "failed", no_reason)
    analysed = select(Media.id).where(exists().where(Job.media_id == Media.id, Job.state == "done"))
    untold, unprinted = ~_record_of(ProvenanceRecord), ~_record_of(FingerprintRecord)
    yield "What file {} says of its making was not kept.", analysed.where(untold)
    yield "File {} has no fingerprint.", analysed.where(Media.kind == "video", unprinted)


def _record_of(table: type[ProvenanceRecord] | type[FingerprintRecord]) -> Exists:
    return exists().where(table.media_id == Media.id)
