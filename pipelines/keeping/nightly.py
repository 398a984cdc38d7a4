"""What a worker does once a day, by the schedule of the queue's engine: of all workers one does it, once.

A desk that was off at that hour does it at its next start.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dbos import DBOS

from core.settings import Settings
from db import log as entries
from db import log_checks
from db.models import now
from db.session import session
from pipelines.keeping.checking import check_log_nightly
from pipelines.keeping.deleting import remove_files
from pipelines.keeping.retention import apply, due

NAME = "nightly"
AT = "0 3 * * *"  # UTC
DAY = timedelta(days=1)

log = logging.getLogger("telltale.keeping")

Nightly = Callable[[datetime, Any], None]


def register(config: Settings) -> Nightly:
    """The day's work as a workflow. Called once a process, before the engine is launched."""

    @DBOS.step(name="check_log")
    def check() -> None:
        check_log_nightly(config)

    @DBOS.step(name="delete_what_is_due")
    def delete() -> None:
        for line in due(config).lines():
            log.info("due: %s", line)
        for refusal in apply(config):
            log.warning("not deleted: %s", refusal)
        remove_files(config)

    @DBOS.workflow(name=NAME)
    def nightly(_due: datetime, _context: Any) -> None:
        delete()
        check()

    return nightly


def schedule(config: Settings, nightly: Nightly) -> None:
    """Tell the launched engine when, and make up for a night that was missed."""
    DBOS.apply_schedules([{"schedule_name": NAME, "workflow_fn": nightly, "schedule": AT, "context": None}])
    with session(config) as opened:
        late = _late(log_checks.last(opened), entries.first_at(opened))
    if late:
        DBOS.trigger_schedule(NAME)


def _late(last: log_checks.LogCheck | None, first: datetime | None) -> bool:
    since = last.at if last else first
    return since is not None and now() - since > DAY
