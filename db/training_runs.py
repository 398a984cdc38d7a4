"""Nights of learning: asked for once, worked on by one process, taken up again when that one died."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from core.errors import TelltaleError
from db import audit, confirmed
from db.models import now
from db.models_learning import RunCause, RunState, TrainingRun
from db.rights import User, require
from db.session import moment

SILENCE = timedelta(seconds=60)  # twelve missed beats: the process died, or its machine did
ACTIVE: tuple[RunState, ...] = ("queued", "running")


@dataclass(frozen=True)
class Asked:
    """A wish to learn anew."""

    cause: RunCause
    minutes: float
    device: str
    dry_run: bool = False


@dataclass(frozen=True)
class TrainingRunRow:
    """One run. `decision` is what the gate decided, with all figures; None where it never came so far."""

    id: int
    state: RunState
    cause: RunCause
    dry_run: bool
    minutes: float
    device: str
    asked_by: str
    confirmed: int
    stage: str | None
    percent: float
    seconds_left: float | None
    stop_requested: bool
    starts: int
    holder: str | None
    heartbeat_at: datetime | None
    data_version: str | None
    champion_id: int | None
    candidate_id: int | None
    decision: dict[str, Any] | None
    error_code: str | None
    error_message: str | None
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    left_lying: bool  # it began, and no process is heard of that works on it


def ask(session: Session, actor: User, asked: Asked) -> int | None:
    """Note the wish; gives the run's id, or None where one waits or runs already.

    Raises:
        NotAllowed: the actor may not say when a detector learns.
    """
    require(actor, "change_models")
    row = TrainingRun(**vars(asked), asked_by_id=actor.id, confirmed=confirmed.number(session))
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    audit.record(session, actor, "training.asked", f"training_run:{row.id}", **vars(asked))
    return row.id


def claim(session: Session, run_id: int, holder: str) -> bool:
    """Work on it is this process's from now on; False where it ended, or another process lives and works on it."""
    row = _locked(session, run_id)
    at = moment(session)
    if row.state not in ACTIVE or (row.holder not in (None, holder) and not _is_silent(row, at)):
        return False
    row.state, row.holder, row.heartbeat_at = "running", holder, at
    row.started_at = row.started_at or now()
    row.starts += 1
    return True


def release(session: Session, run_id: int, holder: str) -> None:
    """This process is no longer at work, and says so before its silence does."""
    row = _locked(session, run_id)
    if row.holder == holder:
        row.holder = row.heartbeat_at = None


def beat(session: Session, run_id: int, holder: str) -> bool:
    """Say that work goes on; False where it is no longer this process's."""
    row = _locked(session, run_id)
    if row.holder != holder or row.state != "running":
        return False
    row.heartbeat_at = moment(session)
    return True


def progress(
    session: Session, run_id: int, holder: str, stage: str, percent: float, seconds_left: float | None
) -> bool:
    """Write down how far it is; gives whether somebody asked to stop.

    Raises:
        TelltaleError: `run_moved` where another process has taken it over.
    """
    row = _held(session, run_id, holder)
    row.stage, row.percent, row.seconds_left = stage, percent, seconds_left
    return row.stop_requested


def hold(session: Session, run_id: int, holder: str) -> None:
    """Nobody else changes the run until the transaction ends. Before files and the log are taken: whoever asks it
    to stop takes the run first, too.

    Raises:
        TelltaleError: `run_moved` where another process has taken it over.
    """
    _held(session, run_id, holder)


def begun_with(session: Session, run_id: int, data_version: str, champion_id: int) -> None:
    """What it learns from, and which version it starts from and must stand beside."""
    row = session.get_one(TrainingRun, run_id)
    row.data_version, row.champion_id = data_version, champion_id


def finish(session: Session, run_id: int, holder: str, decision: dict[str, Any], candidate_id: int | None) -> None:
    """It came to its end.

    Raises:
        TelltaleError: `run_moved` where another process has taken it over.
    """
    row = _held(session, run_id, holder)
    row.decision, row.candidate_id = decision, candidate_id
    _end(row, "done")


def fail(session: Session, run_id: int, holder: str, error: TelltaleError) -> None:
    """It can't come to its end."""
    row = _held(session, run_id, holder)
    row.error_code, row.error_message = error.code, error.message
    _end(row, "failed")


def stopped(session: Session, run_id: int, holder: str) -> None:
    """It ended because somebody asked for it."""
    _end(_held(session, run_id, holder), "stopped")


def request_stop(session: Session, actor: User, run_id: int) -> None:
    """Stop a run: within seconds where it runs, at once where nobody works on it; one that ended stays as it is.

    Raises:
        NotAllowed: the actor may not say when a detector learns.
    """
    require(actor, "change_models")
    row = _locked(session, run_id)
    if row.state not in ACTIVE:
        return
    row.stop_requested = True
    if row.state == "queued" or _is_left(row, moment(session)):
        _end(row, "stopped")
    audit.record(session, actor, "training.stopped", f"training_run:{run_id}")


def get(session: Session, run_id: int) -> TrainingRunRow | None:
    """A run by id."""
    row = session.scalar(_whole().where(TrainingRun.id == run_id))
    return None if row is None else _row(row, moment(session))


def active(session: Session) -> TrainingRunRow | None:
    """The run that waits or is under way."""
    row = session.scalar(_whole().where(TrainingRun.state.in_(ACTIVE)))
    return None if row is None else _row(row, moment(session))


def runs(session: Session, limit: int = 50) -> list[TrainingRunRow]:
    """The newest runs, newest first."""
    at = moment(session)
    return [_row(row, at) for row in session.scalars(_whole().order_by(TrainingRun.id.desc()).limit(limit))]


def judged(session: Session) -> dict[int, TrainingRunRow]:
    """The runs whose candidate the gate judged, each by the id of the version that it made."""
    at = moment(session)
    rows = session.scalars(_whole().where(TrainingRun.candidate_id.is_not(None)).order_by(TrainingRun.id))
    return {row.candidate_id: _row(row, at) for row in rows if row.candidate_id is not None}


def new_verdicts(session: Session) -> int:
    """Confirmed verdicts that came since the last run that ended by itself, or ever."""
    last = session.scalar(
        select(TrainingRun.confirmed).where(TrainingRun.state == "done", TrainingRun.dry_run.is_(False))
        .order_by(TrainingRun.id.desc()).limit(1)
    )  # fmt: skip
    return confirmed.number(session) - (last or 0)


def _locked(session: Session, run_id: int) -> TrainingRun:
    """The row, for this transaction alone: an update of nothing takes the row, in SQLite the whole database."""
    session.execute(update(TrainingRun).where(TrainingRun.id == run_id).values(lane=TrainingRun.lane))
    return session.get_one(TrainingRun, run_id, populate_existing=True)


def _held(session: Session, run_id: int, holder: str) -> TrainingRun:
    row = _locked(session, run_id)
    if row.holder != holder or row.state != "running":
        raise TelltaleError("run_moved", "Another process works on this run. This one's work is let go.")
    return row


def _end(row: TrainingRun, state: RunState) -> None:
    row.state, row.finished_at, row.holder, row.seconds_left = state, now(), None, None


def _whole() -> Select[TrainingRun]:
    return select(TrainingRun).options(joinedload(TrainingRun.asked_by)).execution_options(populate_existing=True)


def _is_left(row: TrainingRun, at: datetime) -> bool:
    return row.starts > 0 and _is_silent(row, at)


def _is_silent(row: TrainingRun, at: datetime) -> bool:
    """By the database's clock, which all machines share."""
    return row.heartbeat_at is None or at - row.heartbeat_at > SILENCE


def _row(row: TrainingRun, at: datetime) -> TrainingRunRow:
    made = ("asked_by", "left_lying")
    plain = {name: getattr(row, name) for name in TrainingRunRow.__annotations__ if name not in made}
    return TrainingRunRow(**plain, asked_by=row.asked_by.login, left_lying=_is_left(row, at))
