"""The quiet workflow: a version looks at a file, and what it says is written down apart from all evidence.

It runs in the worker's one confined process, after everything that somebody waits for, and gives way when somebody
begins to wait. Whatever goes wrong is written beside the file; no job hears of it.
"""

import logging
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfiguredInstance

from core.errors import AnalysisFailed, TelltaleError
from core.evidence import Band, MediaInfo
from core.settings import Settings
from db import analyses, jobs, media, model_versions, trials
from db.session import session
from db.trials import Asked
from pipelines import originals, serving, staging
from pipelines.confine import Confined
from pipelines.durable import workflow
from pipelines.trials import WORK, enqueue

LOOK = 2.0  # s between two looks at whether somebody waits
GAVE_WAY = "gave way"

Said = tuple[Band, float | None, float | None]  # band, score, raw score

MOST_STARTS = 5  # of one look, before the version or the file is held to be what takes workers down

log = logging.getLogger("telltale.worker")


class _GaveWay(Exception):
    """Somebody waits for an analysis."""


@DBOS.dbos_class(WORK.workflow_class)
class Trier(DBOSConfiguredInstance):
    """Tries versions in the confined process of one worker."""

    def __init__(self, config: Settings, confined: Confined, scratch: Path) -> None:
        """`scratch` is the one folder that the confined process may write to."""
        super().__init__(WORK.instance)
        self._config, self._confined, self._scratch = config, confined, scratch

    @workflow(WORK)
    def run(self, outcome_id: int, turn: int) -> str:
        """One look up to its end; gives how it ended."""
        ended = self.look(outcome_id)
        if ended == GAVE_WAY:
            self.wait_again(outcome_id, turn + 1)
        return ended

    @DBOS.step()
    def look(self, outcome_id: int) -> str:
        """Let the version look, and write down what it says, or why it could not."""
        try:
            return self._look(outcome_id)
        except _GaveWay:
            return GAVE_WAY
        except TelltaleError as error:
            return self._failed(outcome_id, error.message)
        except Exception as error:
            log.exception("trial outcome %d met a fault of ours", outcome_id)
            return self._failed(outcome_id, f"A fault of ours ({type(error).__name__}); see the worker's log.")
        finally:
            shutil.rmtree(self._folder(outcome_id), ignore_errors=True)

    @DBOS.step()
    def wait_again(self, outcome_id: int, turn: int) -> None:
        """Stand in line anew."""
        with session(self._config) as opened:
            trials.give_way(opened, outcome_id)
            enqueue(opened, self._config, outcome_id, turn)

    def _look(self, outcome_id: int) -> str:
        with session(self._config) as opened:
            asked = trials.begin(opened, outcome_id)
            version = model_versions.get(opened, asked.version_id) if asked else None
            info = media.get(opened, asked.media_id, asked.name) if asked else None
        if asked is None or version is None or info is None:
            return "nothing to do"
        if asked.trial_id is None and version.state != "candidate":  # a shadow whose time is over
            return self._end(trials.drop, outcome_id, said="dropped")
        if asked.starts > MOST_STARTS:
            raise AnalysisFailed("crashed", f"This look began {MOST_STARTS} times and never came to its end.")
        judge = serving.judge_of(self._config.sampling(asked.samples_per_second), version)
        known = self._known(asked, judge) or self._examined(asked, info, judge)
        return self._end(trials.finish, outcome_id, *known, said="done")

    def _known(self, asked: Asked, judge: serving.Judge) -> Said | None:
        """What the version said when it was in service; nobody needs to look again."""
        with session(self._config) as opened:
            found = analyses.find(opened, asked.media_id, judge.model.sha256, judge.settings_hash)
            stored = analyses.get(opened, found) if found is not None else None
        return (stored.evidence.band, stored.evidence.score, stored.evidence.raw_score) if stored else None

    def _examined(self, asked: Asked, info: MediaInfo, judge: serving.Judge) -> Said:
        path = originals.verify(self._config, info.sha256)
        folder = self._folder(asked.id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        request = {
            "path": str(path),
            "media": asdict(info),
            "staging": str(folder),
            "model": serving.for_child(self._config, judge.version),
            "samples_per_second": asked.samples_per_second,
        }
        self._confined.call(request, _GiveWay(self._config))
        found = staging.read(folder, info, judge.model)
        return found.band, found.score, found.raw_score

    def _failed(self, outcome_id: int, why: str) -> str:
        return self._end(trials.fail, outcome_id, why, said="failed")

    def _end(self, write: Any, outcome_id: int, *what: Any, said: str) -> str:
        with session(self._config) as opened:
            write(opened, outcome_id, *what)
        return said

    def _folder(self, outcome_id: int) -> Path:
        return self._scratch / f"try-{outcome_id}"


class _GiveWay:
    """Listens while a version looks, and breaks off when somebody waits for an analysis."""

    def __init__(self, config: Settings) -> None:
        self._config, self._looked = config, time.monotonic()

    def __call__(self, _progress: Any) -> None:
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        with session(self._config) as opened:
            if jobs.any_waits(opened):
                raise _GaveWay
