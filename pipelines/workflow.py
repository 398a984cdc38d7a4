"""The durable workflow: check the original, analyse it, store the result once.

A step that finished is never repeated; a step that was cut off by a dying worker starts again. Steps give
outcomes instead of raising: what the queue keeps is plain JSON, and what went wrong keeps its kind.
"""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfiguredInstance
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core import logs
from core.errors import AnalysisFailed, Cancelled, TelltaleError
from core.evidence import Evidence, MediaInfo
from core.settings import Settings
from db import analyses, audit, fingerprints, jobs, links, media, model_versions, people
from db.models import Job
from db.session import patiently, session
from pipelines import artifacts, originals, serving, staging, trials
from pipelines.confine import Confined
from pipelines.confined import error_of, no_room, record_of
from pipelines.durable import workflow
from pipelines.jobs import WORK
from pipelines.links import FETCH, fetch
from pipelines.provenance.keeping import remember
from pipelines.provenance.near_copies import index_keys

Json = dict[str, Any]

# Starts of one attempt that ended with the death of the whole worker. What a file does, it does to the confined child,
# whose end is seen and fails the job at once; a worker dies of its machine or of whoever kills it. So there is a bound
# only lest a file that does take workers down holds the queue for ever.
MOST_STARTS = 20
WRITE_EVERY = 0.5  # s between two lines of progress in the database

log = logging.getLogger("telltale.worker")


@DBOS.dbos_class(WORK.workflow_class)
class Analyst(DBOSConfiguredInstance):
    """Runs the jobs of one worker, each in the worker's confined process, which writes to `scratch` alone."""

    def __init__(self, config: Settings, confined: Confined, scratch: Path, fetcher: str = FETCH) -> None:
        super().__init__(WORK.instance)
        self._config, self._confined, self._scratch, self._fetcher = config, confined, scratch, fetcher
        self._in_hand: int | None = None

    @workflow(WORK)
    def run(self, job_id: int) -> str:
        """One job from taking it up to its end; gives how it ended."""
        with logs.about(**patiently(lambda: self._told(job_id))):
            return self._run(job_id)

    def _run(self, job_id: int) -> str:
        if not patiently(lambda: self._begin(job_id)):
            return "nothing to do"
        self._in_hand = job_id
        try:
            return self._through(job_id)
        finally:
            self._in_hand = None

    def give_back(self) -> None:
        """The worker leaves in good order: that the job in hand began here does not count against its file."""
        if (job_id := self._in_hand) is not None:
            with session(self._config) as opened:
                jobs.give_back(opened, job_id)

    def _through(self, job_id: int) -> str:
        try:
            self._give_up_after_many_starts(job_id)
            if self._comes_from_a_page(job_id):
                _value(self.fetch(job_id))
            analysis_id = _value(self.check(job_id))
            if analysis_id is None:
                _value(self.examine(job_id))
                analysis_id = _value(self.store(job_id))
            self.trace(job_id)  # what it can't read is stored as such; the evidence stands without it
            self.shadow(job_id, analysis_id)  # whatever becomes of it, the evidence stands
        except Cancelled:
            return self._end(job_id, "cancelled", jobs.mark_cancelled)
        except TelltaleError as error:
            return self._fail(job_id, error)
        return self._end(job_id, "done", lambda opened, job: jobs.finish(opened, job, analysis_id))

    @DBOS.step()
    def fetch(self, job_id: int) -> Json:
        """Fetch the clip from its page and keep it, unless that was done in an earlier attempt."""
        return _outcome(self._fetch, job_id)

    @DBOS.step()
    def check(self, job_id: int) -> Json:
        """Whether the original is still what came in; gives the analysis where it is stored already."""
        return _outcome(self._check, job_id)

    @DBOS.step()
    def examine(self, job_id: int) -> Json:
        """Analyse the file; the result is left in the staging folder."""
        return _outcome(self._examine, job_id)

    @DBOS.step()
    def store(self, job_id: int) -> Json:
        """Keep the result, once; gives its id."""
        return _outcome(self._store, job_id)

    @DBOS.step()
    def trace(self, job_id: int) -> Json:
        """Keep what is written in the file about its making, once for each file."""
        return _outcome(self._trace, job_id)

    @DBOS.step()
    def shadow(self, job_id: int, analysis_id: int) -> Json:
        """Let a candidate look at a share of what comes in, later and silently."""

        def shadow(job: int) -> None:
            trials.shadow(self._config, job, analysis_id)

        return _outcome(shadow, job_id)

    def _begin(self, job_id: int) -> bool:
        with session(self._config) as opened:
            begun = jobs.begin(opened, job_id, _workflow_id())
            job = opened.get(Job, job_id)
        if begun and job:
            log.info("taken up" if job.starts == 1 else "taken up again")
        return begun

    def _comes_from_a_page(self, job_id: int) -> bool:
        with session(self._config) as opened:
            return links.awaited(opened, job_id)

    def _fetch(self, job_id: int) -> None:
        with session(self._config) as opened:
            if opened.get_one(Job, job_id).media_id is not None:
                return
        folder = self._emptied()
        try:
            fetch(self._config, job_id, folder, _Progress(self._config, job_id), self._fetcher)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _check(self, job_id: int) -> int | None:
        media_id, info = self._media(job_id)
        originals.verify(self._config, info.sha256)
        judge = self._judge(job_id)
        with session(self._config) as opened:
            return analyses.find(opened, media_id, judge.model.sha256, judge.settings_hash)

    def _examine(self, job_id: int) -> None:
        _, info = self._media(job_id)
        folder = self._emptied()
        path = originals.verify(self._config, info.sha256)  # also on the machine that adopted it
        judge = self._judge(job_id)
        model = serving.for_child(self._config, judge.version)
        request: Json = {"path": str(path), "media": asdict(info), "staging": str(folder), "model": model}
        request["samples_per_second"] = self._looking(job_id).samples_per_second
        try:
            self._confined.call(request, _Progress(self._config, job_id))
            self._take_over(folder, self._staging(judge))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _take_over(self, folder: Path, staged: Path) -> None:
        """Put the result where the child can't reach it any more."""
        shutil.rmtree(staged, ignore_errors=True)
        staged.parent.mkdir(exist_ok=True)
        folder.replace(staged)

    def _store(self, job_id: int) -> int:
        media_id, info = self._media(job_id)
        judge = self._judge(job_id)
        # Another worker examined it, and is gone with what it found; or settings changed since.
        if not self._staging(judge).exists():
            self._examine(job_id)
        try:
            return self._store_new(media_id, info, judge)
        except IntegrityError:
            with session(self._config) as opened:
                stored = analyses.find(opened, media_id, judge.model.sha256, judge.settings_hash)
            if stored is None:
                raise
            return stored

    def _store_new(self, media_id: int, info: MediaInfo, judge: serving.Judge) -> int:
        staged = self._staging(judge)
        found = staging.read(staged, info, judge.model)
        folder = artifacts.folder_of(self._config.home, info.sha256, judge.model, judge.settings_hash)
        with session(self._config) as opened:
            media.lock(opened, media_id)  # no two keep pictures at one place: rows of one, pictures of the other
            if stored := analyses.find(opened, media_id, judge.model.sha256, judge.settings_hash):
                return stored
            if prints := staging.fingerprint(staged):
                fingerprints.keep(opened, media_id, prints, index_keys(prints))
            pictures = artifacts.keep(staged, self._config, folder)
            analysis_id = analyses.add(opened, media_id, found, judge.settings_hash, pictures)
            _record_stored(opened, analysis_id, media_id, found)
            return analysis_id

    def _trace(self, job_id: int) -> None:
        media_id, info = self._media(job_id)
        remember(self._config, media_id, info.sha256)

    def _give_up_after_many_starts(self, job_id: int) -> None:
        with session(self._config) as opened:
            starts = opened.get_one(Job, job_id).starts
        if starts > MOST_STARTS:
            raise AnalysisFailed(
                "crashed",
                f"Workers died {MOST_STARTS} times in the middle of this file. If that is the machine's fault, mend it "
                "and try again; else leave the file. The worker's log says more.",
            )

    def _media(self, job_id: int) -> tuple[int, MediaInfo]:
        """The file of a job, unless somebody asked to stop."""
        with session(self._config) as opened:
            job = opened.get_one(Job, job_id)
            if job.cancel_requested:
                raise Cancelled("cancelled", "Somebody asked to stop this job.")
            info = media.get(opened, job.media_id, job.name) if job.media_id else None
            if info is None or job.media_id is None:
                raise AnalysisFailed("original_missing", "The desk no longer holds this file. Drop it again.")
            return job.media_id, info

    def _judge(self, job_id: int) -> serving.Judge:
        """The version that served when this attempt began: it stays, also where the worker was stopped in between."""
        with session(self._config) as opened:
            chosen = opened.get_one(Job, job_id).model_id
            version = None if chosen is None else model_versions.get(opened, chosen)
        if version is None:
            version = serving.in_service(self._config)
            with session(self._config) as opened:
                opened.get_one(Job, job_id).model_id = version.id
        return serving.judge_of(self._looking(job_id), version)

    def _looking(self, job_id: int) -> Settings:
        """The settings of one job: the desk's own, as closely looked as this job asks."""
        with session(self._config) as opened:
            return self._config.sampling(opened.get_one(Job, job_id).samples_per_second)

    def _emptied(self) -> Path:
        """The folder in which a confined process leaves what it made in this attempt."""
        folder = self._scratch / _workflow_id()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _staging(self, judge: serving.Judge) -> Path:
        """A folder of this worker's own: one that lost its job to another may still be at work on the same.

        And of one way to look: what was found under other settings may not be stored as found under these.
        """
        return self._config.home / "staging" / f"{_workflow_id()}-{self._scratch.name}-{judge.settings_hash[:12]}"

    def _fail(self, job_id: int, error: TelltaleError) -> str:
        said = f"failed ({error.code}): {error.message}"
        return self._end(job_id, said, lambda opened, job: jobs.fail(opened, job, error.code, error.message))

    def _end(self, job_id: int, said: str, write: Callable[[Any, int], None]) -> str:
        job = patiently(lambda: self._write_end(job_id, write))
        for left in (self._config.home / "staging").glob(f"{_workflow_id()}-*"):  # also by a worker that began it
            shutil.rmtree(left, ignore_errors=True)
        took = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0
        log.info("%s, after %.1f s", said, took)
        return said

    def _told(self, job_id: int) -> Json:
        """What lines about a job say that they are about."""
        with session(self._config) as opened:
            job = opened.get(Job, job_id)
            if job is None:  # deleted while it waited
                return {"job": job_id}
            media = job.media.sha256 if job.media else None
            return {"job": job_id, "media": media, "called": job.name, "attempt": job.attempt}

    def _write_end(self, job_id: int, write: Callable[[Any, int], None]) -> Job:
        with session(self._config) as opened:
            write(opened, job_id)
            return opened.get_one(Job, job_id)


class _Progress:
    """Writes a job's progress as it comes, not too often, and hears whether to stop."""

    def __init__(self, config: Settings, job_id: int) -> None:
        self._config, self._job_id = config, job_id
        self._written, self._stage = 0.0, ""

    def __call__(self, progress: Json | None) -> None:
        moment = time.monotonic()
        stage = str(progress["stage"]) if progress else self._stage
        if stage == self._stage and moment - self._written < WRITE_EVERY:
            return
        if stage != self._stage:
            log.debug("comes to: %.40s", stage)
        self._written, self._stage = moment, stage
        if self._write(progress):
            raise Cancelled("cancelled", "Somebody asked to stop this job.")

    def _write(self, progress: Json | None) -> bool:
        try:
            return self._written_down(progress)
        except OperationalError as error:  # progress that nobody sees is no reason to give up the work
            log.warning("the database didn't hear how far it is: %s", error.orig)
            return False

    def _written_down(self, progress: Json | None) -> bool:
        with session(self._config) as opened:
            if progress is None:
                return jobs.beat(opened, self._job_id)
            done, total, left = progress["done"], progress["total"], progress["seconds_left"]
            return jobs.progress(opened, self._job_id, self._stage, done, total, left)


def _record_stored(opened: Session, analysis_id: int, media_id: int, found: Evidence) -> None:
    audit.record(
        opened,
        people.desk_user(opened),
        "analysis.stored",
        f"analysis:{analysis_id}",
        media=media_id,
        band=found.band,
        model=f"{found.model.name} {found.model.version}",
        weights=found.model.sha256,
    )


def _workflow_id() -> str:
    workflow_id = DBOS.workflow_id
    assert workflow_id is not None, "only called inside a workflow"
    return workflow_id


def _outcome(work: Callable[[int], Any], job_id: int) -> Json:
    """What became of a stage, which lines name by the method that does it."""
    began = time.monotonic()
    with logs.about(stage=work.__name__.strip("_")):
        log.debug("begun")
        outcome = _tried(work, job_id)
        became = outcome["error"]["code"] if "error" in outcome else "done"
        log.debug("%s, after %.1f s", became, time.monotonic() - began)
        return outcome


def _tried(work: Callable[[int], Any], job_id: int) -> Json:
    try:
        return {"value": patiently(lambda: work(job_id))}
    except TelltaleError as error:
        return {"error": record_of(error)}
    except Exception as error:
        if full := no_room(error):
            return {"error": record_of(full)}
        log.exception("met a fault of ours")
        message = (
            f"The analysis met a fault of ours ({type(error).__name__}). The worker's log has the details."
        )
        return {"error": record_of(AnalysisFailed("fault", message))}


def _value(outcome: Json) -> Any:
    if "error" in outcome:
        raise error_of(outcome["error"])
    return outcome["value"]
