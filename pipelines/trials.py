"""What the desk asks of the workers where a version is only tried: on files of its own, or as a shadow on new ones.

What comes of it stands apart from all evidence. It becomes evidence in one way only: the version is put in service,
and the files are analysed anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, media, model_versions, trials
from db.agreement import Agreement, agreement
from db.history import Filter
from db.model_versions import Version
from db.models import Job, Priority
from db.rights import User, require
from db.session import session
from db.trials import Compared, Wish
from pipelines import durable, jobs
from pipelines.durable import Work
from pipelines.jobs import submit

WORK = Work(jobs.WORK.queue, workflow="try", workflow_class="Trier", instance="desk")  # in line with the analyses
MOST = 1000  # files of one trial
LAST = len(get_args(Priority)) + 1  # after everything that somebody waits for


@dataclass(frozen=True)
class Sides:
    """How often each side agrees with people, of the files where both it and they decide."""

    agree: int
    differ: int


@dataclass(frozen=True)
class Summary:
    """What a tried version said, in numbers."""

    files: int
    waiting: int
    failed: int
    done: int
    changed: int
    before: Sides
    after: Sides


def start(config: Settings, actor: User, version_id: int, wanted: Filter, about: str) -> int:
    """Try a version on the files that fit; gives the trial's id. `about` says which these are.

    Raises:
        NotAllowed: the actor may not run analyses.
        TelltaleError: `not_held`, `nothing_fits`, `too_many`.
    """
    require(actor, "run")
    with session(config) as opened:
        version = model_versions.get(opened, version_id)
        if version is None or version.folder is None:
            raise TelltaleError("not_held", "The desk does not hold the weights of this version.")
        wishes = trials.in_force(opened, wanted, MOST + 1)
        if not wishes:
            raise TelltaleError("nothing_fits", "No file fits. Choose others.")
        if len(wishes) > MOST:
            raise TelltaleError("too_many", f"More than {MOST:,} files fit. Choose fewer: a case, a time, a band.")
        trial_id, outcomes = trials.add(opened, version_id, actor.id, about, wishes)
        for outcome_id in outcomes:
            enqueue(opened, config, outcome_id)
        told = {"trial": trial_id, "files": len(wishes), "about": about}
        audit.record(opened, actor, "model.tried", f"model:{version_id}", model=version.title, **told)
        return trial_id


def stop(config: Settings, actor: User, trial_id: int) -> None:
    """Drop what still waits; a file that is being looked at is finished.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    require(actor, "run")
    with session(config) as opened:
        dropped = trials.stop(opened, trial_id)
        told = {"trial": trial_id, "dropped": dropped, "model": _tried(opened, trial_id).title}
        audit.record(opened, actor, "model.trial_stopped", f"model:{trials.version_of(opened, trial_id)}", **told)


def put_in_force(config: Settings, actor: User, trial_id: int) -> int:
    """Analyse anew, for good, the files whose band would change; gives how many.

    Raises:
        NotAllowed: the actor may not run analyses.
        TelltaleError: `not_in_service` where another version than the tried one judges.
    """
    require(actor, "run")
    with session(config) as opened:
        version = _tried(opened, trial_id)
        if version.state != "champion":
            said = "Put it in service first: all files of a desk have the same judge."
            raise TelltaleError("not_in_service", f"{version.title} is not in service. {said}")
        changing = [one for one in trials.compared(opened, trial_id) if one.changes]
        for one in changing:
            submit(opened, config, actor, one.media_id, one.name, "background", one.samples_per_second)
        return len(changing)


def shadow(config: Settings, job_id: int, analysis_id: int) -> int | None:
    """Let the newest candidate look at a job's file, where it is of the share; gives the outcome's id."""
    with session(config) as opened:
        job = opened.get_one(Job, job_id)
        candidate = model_versions.newest_candidate(opened)
        info = media.get(opened, job.media_id, job.name) if job.media_id else None
        if candidate is None or info is None or not of_share(info.sha256, config.shadow_share):
            return None
        wish = Wish(job.media_id or 0, analysis_id, job.samples_per_second)
        outcome_id = trials.add_shadow(opened, candidate.id, wish)
        if outcome_id is not None:
            enqueue(opened, config, outcome_id)
        return outcome_id


def of_share(sha256: str, share: float) -> bool:
    """Whether a file is of the share: by its hash, so that the same file always is or never is."""
    return int(sha256[:8], 16) < share * 2**32


def summary(rows: Sequence[Compared]) -> Summary:
    """The numbers of some comparisons."""
    done = [one for one in rows if one.state == "done"]
    return Summary(
        files=len(rows),
        waiting=sum(one.state == "waiting" for one in rows),
        failed=sum(one.state == "failed" for one in rows),
        done=len(done),
        changed=sum(one.changes for one in done),
        before=_sides([agreement(one.before, one.verdict) for one in done]),
        after=_sides([one.after and agreement(one.after, one.verdict) for one in done]),
    )


def enqueue(opened: Session, config: Settings, outcome_id: int, turn: int = 0) -> None:
    """Tell the workers, in the caller's transaction. `turn` counts how often it gave way."""
    durable.enqueue(opened, config, WORK, f"try-{outcome_id}-{turn}", outcome_id, turn, priority=LAST)


def _tried(opened: Session, trial_id: int) -> Version:
    version = model_versions.get(opened, trials.version_of(opened, trial_id))
    assert version is not None, "a trial's version is never deleted"
    return version


def _sides(found: Sequence[Agreement | None]) -> Sides:
    return Sides(found.count("agree"), found.count("differ"))
