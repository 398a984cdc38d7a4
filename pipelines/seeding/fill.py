"""Fills an empty desk with made-up work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.errors import TelltaleError
from core.settings import Settings
from db import bulk, media, models, models_people, search
from db.session import session
from pipelines.seeding import machine, people
from pipelines.seeding.pictures import draw_all

AT_ONCE = 1000  # analyses in one transaction


@dataclass(frozen=True)
class Wanted:
    """How much to make. The same numbers give the same desk."""

    analyses: int
    scores: int
    cases: int
    until: datetime  # when the last analysis was made; UTC
    seed: int = 1


def fill(config: Settings, wanted: Wanted, tell: Callable[[str], None] = lambda _line: None) -> None:
    """Fill a migrated desk.

    Raises:
        TelltaleError: `not_empty` where it holds files already.
    """
    with session(config) as opened:
        if not media.is_empty(opened):
            raise TelltaleError("not_empty", "This desk holds files already. Give TELLTALE_HOME an empty folder.")
    draw = np.random.default_rng(wanted.seed)
    desk = machine.Desk(draw, draw_all(config.home, draw), wanted.analyses)
    _pour_machine(config, wanted, desk, tell)
    _pour_people(config, people.left(draw, desk.files, wanted.cases, wanted.until), tell)
    tell("The search learns the texts.")
    search.catch_up(config)
    with session(config) as opened:
        bulk.count_on(opened, models.Media, models.ModelVersion, models.Analysis, models.Track, models.Job)
        bulk.count_on(opened, models_people.User, models_people.Verdict, models_people.Case)
        bulk.analyse(opened)


def _pour_machine(config: Settings, wanted: Wanted, desk: machine.Desk, tell: Callable[[str], None]) -> None:
    with session(config) as opened:
        bulk.pour(opened, models.ModelVersion, machine.models(wanted.until))
    done = scores = 0
    for made in desk.made(wanted.scores, wanted.until, AT_ONCE):
        with session(config) as opened:
            bulk.pour(opened, models.Media, made.media)
            bulk.pour(opened, models.MediaName, made.names)
            bulk.pour(opened, models.Analysis, made.analyses)
            bulk.pour(opened, models.Track, made.tracks)
            scores += bulk.pour(opened, models.FrameScore, made.frames)
            bulk.pour(opened, models.Finding, made.findings)
            bulk.pour(opened, models.Artifact, made.artifacts)
            bulk.pour(opened, models.Job, made.jobs)
        done += len(made.analyses)
        tell(f"{done} analyses, {scores} frame scores.")


def _pour_people(config: Settings, left: people.Left, tell: Callable[[str], None]) -> None:
    with session(config) as opened:
        bulk.pour(opened, models_people.User, left.users)
        judged = bulk.pour(opened, models_people.Verdict, left.verdicts)
        bulk.pour(opened, models_people.Opinion, left.opinions)
        bulk.pour(opened, models_people.SignOff, left.sign_offs)
        noted = bulk.pour(opened, models_people.Note, left.notes)
        asked = bulk.pour(opened, models_people.Case, left.cases)
        bulk.pour(opened, models_people.CaseTag, left.tags)
        bulk.pour(opened, models_people.CaseAssignee, left.assignees)
        bulk.pour(opened, models_people.CaseItem, left.items)
        bulk.pour(opened, models_people.CaseComment, left.comments)
        logged = bulk.pour_log(opened, left.log)
    tell(f"{judged} verdicts, {noted} notes, {asked} cases, {logged} entries in the log.")
