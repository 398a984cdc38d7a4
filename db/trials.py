"""Versions that are tried: which files they are asked about, what they said, and how it differs from what stands.

Nothing here is evidence: no analysis is written or changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from core.evidence import Band
from db import history
from db.history import Filter
from db.models import Analysis, Job, ModelVersion, now
from db.models_people import Judgement, User, Verdict
from db.models_trials import OutcomeState, Trial, TrialOutcome


@dataclass(frozen=True)
class TrialRow:
    """A trial as it stands: how many files, how many are through, how many bands would change."""

    id: int
    version_id: int
    version: str
    about: str
    asked_by: str
    created_at: datetime
    files: int
    waiting: int
    failed: int
    changed: int


@dataclass(frozen=True)
class Compared:
    """One file: what stands, and what the tried version says; `after` and its score are None until it has spoken."""

    outcome_id: int
    media_id: int
    analysis_id: int
    name: str
    state: OutcomeState
    before: Band
    before_score: float | None
    after: Band | None
    after_score: float | None
    error: str | None
    verdict: Judgement | None
    samples_per_second: float | None

    @property
    def changes(self) -> bool:
        """Whether the band would be another one."""
        return self.after is not None and self.after != self.before


@dataclass(frozen=True)
class Wish:
    """A file that a version is to be tried on, and how closely its analysis looked."""

    media_id: int
    analysis_id: int
    samples_per_second: float | None


@dataclass(frozen=True)
class Asked:
    """What an outcome that waits is about."""

    id: int
    trial_id: int | None
    version_id: int
    media_id: int
    name: str
    samples_per_second: float | None
    starts: int


def in_force(session: Session, wanted: Filter, limit: int) -> list[Wish]:
    """The newest analysis of each file, where it fits; the newest first."""
    newest = select(func.max(Analysis.id)).group_by(Analysis.media_id)
    query = select(Analysis.media_id, Analysis.id, _sampling()).where(Analysis.id.in_(newest))
    fitting = history.kept(session, wanted, query).order_by(Analysis.id.desc()).limit(limit)
    return [Wish(*row) for row in session.execute(fitting)]


def add(session: Session, version_id: int, actor_id: int, about: str, wishes: Sequence[Wish]) -> tuple[int, list[int]]:
    """A trial of a version; gives its id and those of its outcomes, which wait."""
    trial = Trial(version_id=version_id, asked_by_id=actor_id, about=about)
    session.add(trial)
    session.flush()
    return trial.id, [_wait(session, version_id, wish, trial.id) for wish in wishes]


def add_shadow(session: Session, version_id: int, wish: Wish) -> int | None:
    """A candidate's look at a file; None where it has looked at it."""
    known = select(TrialOutcome.id).where(
        TrialOutcome.trial_id.is_(None),
        TrialOutcome.version_id == version_id,
        TrialOutcome.media_id == wish.media_id,
    )
    return None if session.scalar(known) is not None else _wait(session, version_id, wish, None)


def begin(session: Session, outcome_id: int) -> Asked | None:
    """A worker takes an outcome up; None where it no longer waits."""
    row = session.get(TrialOutcome, outcome_id)
    if row is None or row.state != "waiting":
        return None
    row.starts += 1
    name = session.scalar(select(Analysis.name).where(Analysis.id == row.analysis_id)) or ""
    return Asked(row.id, row.trial_id, row.version_id, row.media_id, name, row.samples_per_second, row.starts)


def give_way(session: Session, outcome_id: int) -> None:
    """It waits again, for something that people wait for: this start does not count."""
    session.execute(
        update(TrialOutcome).where(TrialOutcome.id == outcome_id).values(starts=TrialOutcome.starts - 1)
    )


def finish(
    session: Session, outcome_id: int, band: Band, score: float | None, raw_score: float | None
) -> None:
    """What the version said."""
    _end(session, outcome_id, "done", band=band, score=score, raw_score=raw_score)


def fail(session: Session, outcome_id: int, error: str) -> None:
    """It could not say anything."""
    _end(session, outcome_id, "failed", error=error)


def drop(session: Session, outcome_id: int) -> None:
    """Nobody wants to know any more."""
    _end(session, outcome_id, "dropped")


def stop(session: Session, trial_id: int) -> int:
    """What still waits in a trial is dropped; gives how many files."""
    waits = TrialOutcome.trial_id == trial_id, TrialOutcome.state == "waiting"
    dropping = update(TrialOutcome).where(*waits).values(state="dropped", finished_at=now())
    return len(session.scalars(dropping.returning(TrialOutcome.id)).all())


def latest(session: Session, limit: int = 20) -> list[TrialRow]:
    """Trials, newest first."""
    about = (Trial.id, Trial.version_id, (ModelVersion.name + " " + ModelVersion.version).label("version"))
    counts = (
        func.count(TrialOutcome.id).label("files"),
        func.count(TrialOutcome.id).filter(TrialOutcome.state == "waiting").label("waiting"),
        func.count(TrialOutcome.id).filter(TrialOutcome.state == "failed").label("failed"),
        func.count(TrialOutcome.id).filter(TrialOutcome.band != Analysis.band).label("changed"),
    )
    query = select(*about, Trial.about, User.name.label("asked_by"), Trial.created_at, *counts)
    query = query.join(ModelVersion, ModelVersion.id == Trial.version_id).join(User, User.id == Trial.asked_by_id)
    query = query.outerjoin(TrialOutcome, TrialOutcome.trial_id == Trial.id)
    query = query.outerjoin(Analysis, Analysis.id == TrialOutcome.analysis_id)
    grouped = (Trial.id, Trial.version_id, ModelVersion.name, ModelVersion.version, Trial.about, User.name)
    query = query.group_by(*grouped, Trial.created_at).order_by(Trial.id.desc()).limit(limit)
    return [TrialRow(**row._mapping) for row in session.execute(query)]


def version_of(session: Session, trial_id: int) -> int:
    """Id of the version that a trial is about."""
    return session.get_one(Trial, trial_id).version_id


def compared(session: Session, trial_id: int) -> list[Compared]:
    """Every file of a trial, in the order it was asked."""
    query = _compared().where(TrialOutcome.trial_id == trial_id).order_by(TrialOutcome.id)
    return [Compared(**row._mapping) for row in session.execute(query)]


def shadowed(session: Session, version_id: int, limit: int = 500) -> list[Compared]:
    """What a candidate said of what came in, newest first."""
    of_shadow = TrialOutcome.trial_id.is_(None), TrialOutcome.version_id == version_id
    query = _compared().where(*of_shadow).order_by(TrialOutcome.id.desc()).limit(limit)
    return [Compared(**row._mapping) for row in session.execute(query)]


def _wait(session: Session, version_id: int, wish: Wish, trial_id: int | None) -> int:
    row = TrialOutcome(
        trial_id=trial_id,
        version_id=version_id,
        media_id=wish.media_id,
        analysis_id=wish.analysis_id,
        samples_per_second=wish.samples_per_second,
    )
    session.add(row)
    session.flush()
    return row.id


def _end(session: Session, outcome_id: int, state: OutcomeState, **said: Any) -> None:
    """Only what waits: a trial that was stopped meanwhile stays so."""
    waits = TrialOutcome.id == outcome_id, TrialOutcome.state == "waiting"
    session.execute(update(TrialOutcome).where(*waits).values(state=state, finished_at=now(), **said))


def _sampling() -> Any:
    """How closely the newest job looked that ended in an analysis."""
    asked = select(Job.samples_per_second).where(Job.analysis_id == Analysis.id)
    return asked.order_by(Job.id.desc()).limit(1).scalar_subquery()


def _compared() -> Select[*tuple[Any, ...]]:
    """Columns under the names of `Compared`'s fields."""
    file = (TrialOutcome.id.label("outcome_id"), TrialOutcome.media_id, TrialOutcome.analysis_id, Analysis.name)
    before = (TrialOutcome.state, Analysis.band.label("before"), Analysis.score.label("before_score"))
    after = (TrialOutcome.band.label("after"), TrialOutcome.score.label("after_score"), TrialOutcome.error)
    query = select(*file, *before, *after, Verdict.picture.label("verdict"), TrialOutcome.samples_per_second)
    query = query.join(Analysis, Analysis.id == TrialOutcome.analysis_id)
    return query.outerjoin(Verdict, (Verdict.media_id == TrialOutcome.media_id) & Verdict.current)
