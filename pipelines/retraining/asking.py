"""When the desk learns: by the clock where enough was confirmed, or because somebody asks.

However many clocks strike at once, one run is noted: the database refuses a second that waits or runs.
"""

from dataclasses import dataclass
from datetime import datetime

from croniter import croniter

from core.settings import Settings
from db import people, training_runs
from db.models import now
from db.models_learning import RunCause
from db.rights import User
from db.session import session
from db.training_runs import Asked
from pipelines.durable import Work, enqueue

WORK = Work("retraining", workflow="retrain", workflow_class="Teacher", instance="night", called="a night of learning")


@dataclass(frozen=True)
class Schedule:
    """When the clock strikes next, None for never; and how many new verdicts were confirmed of those a night needs."""

    strikes_at: datetime | None
    new: int
    needed: int

    @property
    def missing(self) -> int:
        """Verdicts that a night still waits for."""
        return max(0, self.needed - self.new)


def schedule(config: Settings) -> Schedule:
    """What the next night waits for."""
    with session(config) as opened:
        new = training_runs.new_verdicts(opened)
    strikes = croniter(config.retrain_cron, now(), second_at_beginning=True) if config.retrain_cron else None
    return Schedule(strikes.get_next(datetime) if strikes else None, new, config.retrain_verdicts)


def ask(config: Settings, actor: User, minutes: float | None = None, dry_run: bool = False) -> int | None:
    """Have a worker learn as soon as it can; gives the run's id, None where one waits or runs already.

    Raises:
        NotAllowed: the actor may not say when a detector learns.
    """
    return _ask(config, actor, "person", minutes or config.retrain_minutes, dry_run)


def ask_if_due(config: Settings) -> int | None:
    """What the clock asks: that a run which was left lying is taken up, or else a new one where it is worth it."""
    with session(config) as opened:
        if (left := training_runs.active(opened)) and left.left_lying:
            enqueue(opened, config, WORK.on(left.device), f"retrain-{left.id}-{now():%Y%m%d%H%M%S}", left.id)
            return left.id
        new, actor = training_runs.new_verdicts(opened), people.desk_user(opened)
    if new < config.retrain_verdicts:
        return None
    return _ask(config, actor, "schedule", config.retrain_minutes, dry_run=False)


def _ask(config: Settings, actor: User, cause: RunCause, minutes: float, dry_run: bool) -> int | None:
    with session(config) as opened:
        run_id = training_runs.ask(opened, actor, Asked(cause, minutes, config.retrain_device, dry_run))
        if run_id is not None:
            enqueue(opened, config, WORK.on(config.retrain_device), f"retrain-{run_id}", run_id)
        return run_id
