"""How the desk is doing, for people and for Prometheus: one set of figures, gathered when somebody asks."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.settings import ROOT, Settings
from db import audit, log, log_checks, watching
from db.log_checks import LogCheck
from db.models import now
from db.session import session
from db.watching import Figures
from db.workers import ANALYSES
from pipelines import durable
from pipelines.lab.training import WORK as LAB
from pipelines.retraining.asking import WORK as NIGHTS

SECRETS = ROOT / ".streamlit" / "secrets.toml"
LEARNING = [work.on(device) for work in (NIGHTS, LAB) for device in durable.DEVICES]
LITTLE = 1 << 30  # bytes left on the disk, under which the desk is not well


@dataclass(frozen=True)
class Backup:
    """The latest backup that was taken of this desk."""

    name: str
    at: datetime
    bytes: int
    damaged: int


@dataclass(frozen=True)
class Health:
    """All that is watched. `disk_free` and `disk_total` are bytes of the disk that home lies on."""

    figures: Figures
    disk_free: int
    disk_total: int
    check: LogCheck | None
    log_entries: int
    backup: Backup | None
    secrets_open: bool = False  # others on this machine may read the file of secrets
    untaken: tuple[str, ...] = ()  # what is to be learned and nobody takes up, a sentence each

    @property
    def complaints(self) -> tuple[str, ...]:
        """What somebody should look after, as sentences."""
        found = self.figures
        takers = [one for one in found.workers if one.alive and ANALYSES in one.takes]
        waiting = found.jobs["queued"] and not takers
        said = (
            (waiting, "Files wait, and no worker is there."),
            *((True, sentence) for sentence in self.untaken),
            (self.disk_free < LITTLE, "Less than 1 GB is left on the disk."),
            (self.check is not None and self.check.found.broken is not None, "The log was altered."),
            (self.backup and self.backup.damaged, "Files were damaged when the last backup was taken: see its output."),
            (self.secrets_open, f"Others on this machine may read the secrets: chmod 600 {SECRETS.name}."),
            (found.files_to_remove, "Files of what was deleted could not be removed yet."),
        )
        return tuple(sentence for wrong, sentence in said if wrong)


def health(config: Settings) -> Health:
    """Ask the database and the disk."""
    with session(config) as opened:
        figures, check, entries = watching.figures(opened), log_checks.last(opened), log.newest(opened)
        newest = audit.events(opened, "desk", action="backup.taken", limit=1)
        untaken = tuple(filter(None, (work.untaken(opened) for work in durable.waiting(config, LEARNING))))
    disk = shutil.disk_usage(config.home)
    backup = None
    if newest:
        told = newest[0].details
        backup = Backup(told["name"], newest[0].at, told["bytes"], told["damaged"])
    return Health(figures, disk.free, disk.total, check, entries, backup, _open_to_others(SECRETS), untaken)


def _open_to_others(path: Path) -> bool:
    return path.is_file() and path.stat().st_mode & 0o077 != 0


def exposition(config: Settings) -> bytes:
    """The same as Prometheus reads it (text format 0.0.4)."""
    registry = CollectorRegistry()
    registry.register(_Desk(health(config)))
    return generate_latest(registry)


class _Desk(Collector):
    """The metrics of one moment."""

    def __init__(self, found: Health) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Every metric, with its help."""
        yield from self._queue()
        yield from self._work()
        yield from self._keeping()

    def _queue(self) -> Iterator[Metric]:
        figures = self._found.figures
        jobs = GaugeMetricFamily("telltale_jobs", "Jobs by state.", labels=["state"])
        for state, count in figures.jobs.items():
            jobs.add_metric([state], count)
        yield jobs
        age = (now() - figures.oldest).total_seconds() if figures.oldest else 0.0
        yield GaugeMetricFamily("telltale_oldest_waiting_seconds", "Age of the oldest job that waits.", age)
        alive = sum(one.alive for one in figures.workers)
        yield GaugeMetricFamily("telltale_workers_alive", "Workers heard of just now.", alive)

    def _work(self) -> Iterator[Metric]:
        figures = self._found.figures
        yield CounterMetricFamily("telltale_analyses", "Analyses on the desk.", figures.analyses)
        stages = CounterMetricFamily("telltale_stage_seconds", "Time in each stage, all analyses.", labels=["stage"])
        for stage, seconds in figures.seconds.items():
            stages.add_metric([stage], seconds)
        yield stages
        failed = GaugeMetricFamily("telltale_jobs_failed", "Failed jobs by reason.", labels=["reason"])
        for failure in figures.failures:
            failed.add_metric([failure.code], failure.count)
        yield failed

    def _keeping(self) -> Iterator[Metric]:
        found = self._found
        yield GaugeMetricFamily("telltale_disk_free_bytes", "Free on the disk of the desk.", found.disk_free)
        yield GaugeMetricFamily("telltale_database_bytes", "Size of the database.", found.figures.database_bytes)
        left = found.figures.files_to_remove
        yield GaugeMetricFamily("telltale_files_to_remove", "Deleted files still on the disk.", left)
        backup = found.backup.at.timestamp() if found.backup else 0.0
        yield GaugeMetricFamily("telltale_backup_timestamp_seconds", "When the last backup was taken.", backup)
        at = found.check.at.timestamp() if found.check else 0.0
        yield GaugeMetricFamily("telltale_log_verified_timestamp_seconds", "When the log was last checked.", at)
        broken = found.check is not None and found.check.found.broken is not None
        yield GaugeMetricFamily("telltale_log_altered", "1 where the log was found altered.", float(broken))
