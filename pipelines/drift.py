"""The weekly watch: does what comes in, and what the detector says of it, still look as in its first weeks here?

A detector that nobody retrains goes blind slowly. The watch can't tell why something moved: the news may have changed,
or the fakes, or a source that sends everything twice compressed. It says that somebody should look.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dbos import DBOS

from core.judgement.drift import Moved, distribution, share
from core.settings import Settings
from db import drift, model_versions, people
from db.agreement import agreement
from db.drift import Sample, Watched
from db.models import now
from db.rights import User, require
from db.session import session

NAME = "drift"
AT = "30 3 * * 1"  # UTC: Mondays
WEEK = timedelta(days=7)
REFERENCE = timedelta(days=28)  # a version's first weeks on this desk
WINDOWS = (7, 28)  # days; the longer one where the shorter has too few files
ENOUGH = 50  # files of a window

log = logging.getLogger("telltale.drift")

Weekly = Callable[[datetime, Any], None]


def watch(config: Settings, actor: User | None = None, at: datetime | None = None) -> Watched | None:
    """Look now, and write down what was found; None where no version has served for longer than its first weeks.

    Raises:
        NotAllowed: the actor may not run analyses.
    """
    if actor is not None:
        require(actor, "run")
    until = at or now()
    with session(config) as opened:
        serves = model_versions.champion(opened)
        began = drift.first_analysis(opened, serves.id) if serves else None
        if serves is None or began is None or until - began <= REFERENCE:
            return None
        then = drift.samples(opened, serves.id, began, began + REFERENCE)
        for days in WINDOWS:
            since = max(until - timedelta(days=days), began + REFERENCE)
            recent = drift.samples(opened, serves.id, since, until)
            if len(recent) >= ENOUGH:
                break
        found = drift.keep(opened, actor or people.desk_user(opened), serves.id, days, measures(recent, then))
    for name, one in found.measures.items():
        if one.verdict == "moved":
            log.warning("%s has moved since the first weeks of %s: see the page Models", name, serves.title)
    return found


def begins(config: Settings) -> datetime | None:
    """When the first weeks of the version in service end; None where it has analysed nothing yet.

    Until then nothing is compared, on purpose. The card's own figures are those of research sets, half of them fake:
    any newsroom differs from them, so an alarm would say nothing. And of the files that people called genuine, those
    that were flagged are judged more often than the others, so their share says nothing of the card's promise either.
    """
    with session(config) as opened:
        serves = model_versions.champion(opened)
        began = drift.first_analysis(opened, serves.id) if serves else None
    return None if began is None else began + REFERENCE


def measures(recent: Sequence[Sample], then: Sequence[Sample]) -> dict[str, Moved]:
    """All that is watched, by name."""
    return {
        "scores": _spread(recent, then, lambda one: one.score),
        "inconclusive": _share(recent, then, lambda one: one.band == "inconclusive"),
        "not_judged": _share(recent, then, lambda one: one.band in ("too_poor", "no_face")),
        "agreement": _agreement(recent, then),
        "face_size": _spread(recent, then, lambda one: one.face_px),
        "sharpness": _spread(recent, then, lambda one: one.sharpness),
        "resolution": _spread(recent, then, lambda one: float(one.side)),
    }


def register(config: Settings) -> Weekly:
    """The week's look as a workflow. Called once a process, before the engine is launched."""

    @DBOS.step(name="watch_drift")
    def look() -> None:
        watch(config)

    @DBOS.workflow(name=NAME)
    def weekly(_due: datetime, _context: Any) -> None:
        look()

    return weekly


def schedule(config: Settings, weekly: Weekly) -> None:
    """Tell the launched engine when, and make up for a week that was missed."""
    DBOS.apply_schedules([{"schedule_name": NAME, "workflow_fn": weekly, "schedule": AT, "context": None}])
    with session(config) as opened:
        serves = model_versions.champion(opened)
        last = drift.latest(opened, serves.id, 1) if serves else []
        began = drift.first_analysis(opened, serves.id) if serves else None
    since = last[0].at if last else began and began + REFERENCE
    if since is not None and now() - since > WEEK:
        DBOS.trigger_schedule(NAME)


def _spread(recent: Sequence[Sample], then: Sequence[Sample], of: Callable[[Sample], float | None]) -> Moved:
    values = ([value for one in part if (value := of(one)) is not None] for part in (recent, then))
    return distribution(*values)


def _share(recent: Sequence[Sample], then: Sequence[Sample], is_so: Callable[[Sample], bool]) -> Moved:
    return share(sum(map(is_so, recent)), len(recent), sum(map(is_so, then)), len(then))


def _agreement(recent: Sequence[Sample], then: Sequence[Sample]) -> Moved:
    """Of the files where both decide; that people agree more often is no reason for an alarm."""
    told = [[agreement(one.band, one.verdict) for one in part] for part in (recent, then)]
    agree = [part.count("agree") for part in told]
    both = [part.count("agree") + part.count("differ") for part in told]
    return share(agree[0], both[0], agree[1], both[1], falls=True)
