"""What is left when it is over: every file, every job, every analysis, every seal."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.settings import Settings
from db import jobs, kept_files, wholeness
from db.jobs import JobRow
from db.session import session
from pipelines.durable import client
from pipelines.intake import Taken
from pipelines.keeping.checking import check_log
from pipelines.keeping.manifest import same
from pipelines.storage import here

PASSING = ("staging/*", "incoming/*", "scratch/*/*/")


def found(config: Settings, sent: Sequence[Taken], homes: Sequence[Path]) -> list[str]:
    """All that is wrong with a desk on which nothing runs any more, as sentences; empty where it is whole.

    `homes` are the folders of all its machines.
    """
    with session(config) as opened:
        flaws = wholeness.flaws(opened)
    return [
        *flaws,
        *_files(config),
        *_jobs(config, sent),
        *_workflows(config),
        *_left_behind(config, homes),
        *_log(config),
    ]


def rows(config: Settings, sent: Sequence[Taken]) -> list[JobRow]:
    """The jobs of what was sent, oldest first; those that are gone are not among them."""
    with session(config) as opened:
        known = (jobs.get(opened, taken.job_id) for taken in sent)
        return [row for row in known if row is not None]


def _files(config: Settings) -> Iterator[str]:
    with session(config) as opened:
        named = list(kept_files.all_of(opened))
    for file in named:
        if not same(here(config, config.home / file.path), file.sha256):
            yield f"{file.path} is missing or altered."


def _jobs(config: Settings, sent: Sequence[Taken]) -> Iterator[str]:
    known = {row.id: row for row in rows(config, sent)}
    for taken in sent:
        row = known.get(taken.job_id)
        if row is None:
            yield f"The job of {taken.name} is gone."
        elif row.state == "done" and row.sha256 != taken.sha256:
            yield f"The job of {taken.name} is about another file."
    asked = [taken.job_id for taken in sent]
    if len(set(asked)) != len(asked):
        yield "Two clips have one job."


def _workflows(config: Settings) -> Iterator[str]:
    """What the queue's engine holds: nothing under way, nothing that ended in an error of ours."""
    for one in client(config).list_workflows(load_input=False, load_output=False):
        if one.queue_name == "analyses" and one.status != "SUCCESS":
            yield f"The workflow {one.workflow_id} is left {one.status}."


def _left_behind(config: Settings, homes: Sequence[Path]) -> Iterator[str]:
    with session(config) as opened:
        named = {file.path for file in kept_files.all_of(opened)}
    for home in homes:
        for folder in ("originals", "artifacts"):
            for path in (home / folder).rglob("*"):
                if path.is_file() and path.relative_to(home).as_posix() not in named:
                    yield f"{path.relative_to(home.parent)} belongs to nothing."
        for pattern in PASSING:
            yield from (f"{path.relative_to(home.parent)} was left behind." for path in home.glob(pattern))


def _log(config: Settings) -> Iterator[str]:
    checked = check_log(config)
    if checked.broken:
        yield f"The log is broken at entry {checked.broken.number}: {checked.broken.why}"


def believed(config: Settings, sent: Sequence[Taken], wrong: Sequence[str]) -> Iterator[str]:
    """Originals that a storage gave wrong twice in a row, and whose jobs did not refuse them."""
    twice = {sha256 for sha256 in wrong if wrong.count(sha256) > 1}
    for row in rows(config, sent):
        if row.sha256 in twice and row.error_code != "original_altered":
            yield f"{row.name} was read with a turned byte, and its job is {row.state}."
