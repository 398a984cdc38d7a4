"""The rules by which things go: listed first, then deleted like anything else, with the rule as the reason.

Each rule is off until a setting says after how many days. What is under legal hold is listed, and stays.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from core.errors import TelltaleError
from core.settings import Settings
from db import people, retention
from db.deletion import Order
from db.models import now
from db.retention import DueCase, DueFile
from db.rights import User
from db.session import moment, session
from pipelines.keeping.deleting import delete_case, delete_media

CLOSED, LOOSE = "case closed", "in no case"  # names of the rules, as the log has them

log = logging.getLogger("telltale.keeping")


@dataclass(frozen=True)
class Due:
    """What the rules say of now."""

    cases: tuple[DueCase, ...]
    files: tuple[DueFile, ...]

    def lines(self) -> Iterator[str]:
        """A line for each, as a dry run lists them."""
        for case in self.cases:
            yield f"case {case.id} · {case.title} · closed {case.closed_at:%d %b %Y}{_stays(case.held)}"
        for file in self.files:
            yield f"file {file.id} · {file.name} · last used {file.last_at:%d %b %Y}{_stays(file.held)}"


def due(config: Settings) -> Due:
    """What goes by the rules; nothing where none is set."""
    cases, files = config.keep_closed_cases, config.keep_loose_files
    with session(config) as opened:
        today = min(now(), moment(opened))  # a clock that runs ahead, here or there, makes nothing due
        return Due(
            tuple(retention.closed_before(opened, today - timedelta(days=cases))) if cases else (),
            tuple(retention.loose_before(opened, today - timedelta(days=files))) if files else (),
        )


def apply(config: Settings) -> list[str]:
    """Delete what is due and not held; gives what could not be deleted, and why."""
    with session(config) as opened:
        desk = people.desk_user(opened)
    found = due(config)
    closed = Order(f"Closed for more than {config.keep_closed_cases} days.", CLOSED)
    loose = Order(f"In no case, and not used for more than {config.keep_loose_files} days.", LOOSE)
    left = [_case(config, desk, case, closed) for case in found.cases if not case.held]
    left += [_file(config, desk, file, loose) for file in found.files if not file.held]
    return [said for said in left if said]


def _case(config: Settings, desk: User, case: DueCase, order: Order) -> str | None:
    try:
        delete_case(config, desk, case.id, order)
    except TelltaleError as refusal:  # one that can't go today keeps none of the others
        return f"case {case.id}: {refusal}"
    log.info("case %d is deleted: %s", case.id, order.reason)
    return None


def _file(config: Settings, desk: User, file: DueFile, order: Order) -> str | None:
    try:
        delete_media(config, desk, [file.id], order)
    except TelltaleError as refusal:
        return f"file {file.id}: {refusal}"
    log.info("file %d is deleted: %s", file.id, order.reason)
    return None


def _stays(held: bool) -> str:
    return " · stays, under legal hold" if held else ""
