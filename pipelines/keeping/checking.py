"""Recomputing the log's chain: by the worker each night, or by `python -m scripts.verify_audit`. Never by a page."""

import logging
import time
from datetime import timedelta

from core.settings import Settings
from db import audit, log_checks, people
from db.audit import Checked
from db.models import now
from db.session import session

FRESH = timedelta(hours=20)  # so long one stands for the next: nights that were missed are not all made up for

log = logging.getLogger("telltale.keeping")


def check_log(config: Settings, noted_head: str | None = None) -> Checked:
    """Recompute the chain and remember what was found. A noted head must be the hash of some entry."""
    began = time.monotonic()
    with session(config) as opened:
        found = audit.verify(opened, noted_head)
    with session(config) as opened:  # of its own: nobody who writes waits for the reading
        log_checks.remember(opened, people.desk_user(opened), found, time.monotonic() - began)
    if found.broken:
        log.error("the log was altered at entry %d: %s", found.broken.number, found.broken.why)
    else:
        log.info("the log holds: %d entries, head %s", found.entries, found.head)
    return found


def check_log_nightly(config: Settings) -> None:
    """The same, unless it was done just now."""
    with session(config) as opened:
        last = log_checks.last(opened)
    if last is None or now() - last.at > FRESH:
        check_log(config)
