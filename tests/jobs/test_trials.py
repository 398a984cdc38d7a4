"""Versions that are only tried: as a shadow and in bulk, through a real worker, with no evidence touched."""

import time
from collections.abc import Callable

import pytest

from core.errors import TelltaleError
from core.evidence import Band
from core.settings import Settings
from db import analyses, audit, history, jobs, model_versions, trials
from db.history import Filter
from db.model_versions import Version
from db.models_people import Judgement
from db.models_trials import OutcomeState
from db.rights import NotAllowed
from db.session import session
from db.trials import Compared
from pipelines.serving import in_service, keep
from pipelines.trials import of_share, put_in_force, start, stop, summary
from tests.actors import DESK, person
from tests.jobs.conftest import Desk, WorkerProcess
from tests.model_folders import card, put


def candidate(desk: Desk, version: str = "2") -> Version:
    """Another version beside the one that serves."""
    in_service(desk.config)
    put(desk.config.models / "next", version)
    with session(desk.config) as opened:
        name = keep(desk.config, desk.config.models / "next")
        return model_versions.register(opened, DESK, card(version), name)


def shadowing(desk: Desk, share: float = 1.0) -> Settings:
    """The worker lets a candidate look at this share."""
    desk.config = desk.config.model_copy(update={"shadow_share": share})
    desk.worker = WorkerProcess(desk.config)
    return desk.config


def shadows(desk: Desk, version: Version, count: int, seconds: float = 60) -> list[Compared]:
    """What a candidate said, once it has said it `count` times."""
    return _through(lambda: _shadowed(desk, version), count, seconds)


def tried(desk: Desk, trial_id: int, count: int, seconds: float = 60) -> list[Compared]:
    """The files of a trial, once so many are through."""
    return _through(lambda: _compared(desk, trial_id), count, seconds)


def test_a_shadow_looks_on_and_changes_nothing(desk: Desk) -> None:
    version, config = candidate(desk), shadowing(desk)
    desk.worker.start()
    row = desk.wait(desk.ask("clip.mp4"), "done")
    (said,) = shadows(desk, version, 1)
    assert (said.before, said.after, said.after_score, said.analysis_id) == ("signs", "no_signs", 0.1, row.analysis_id)
    with session(config) as opened:
        (kept,) = history.search(opened, Filter()).rows
        assert (kept.band, kept.model_version) == ("signs", "1")
        assert [one.id for one in jobs.latest(opened)] == [row.id]
        assert history.models(opened) == [(1, "fake", "1")]
    desk.wait(desk.ask("clip.mp4"), "done")
    assert len(_shadowed(desk, version)) == 1


@pytest.mark.parametrize("broken", ["crash", "altered"])
def test_a_shadow_that_fails_harms_no_job(desk: Desk, broken: str) -> None:
    version, _ = candidate(desk, broken), shadowing(desk)
    if broken == "altered":
        put(desk.config.home / "models" / str(version.folder), "something else")
    desk.worker.start()
    first = desk.wait(desk.ask("first.mp4"), "done")
    (said,) = shadows(desk, version, 1)
    assert said.state == "failed" and said.error and said.after is None
    second = desk.wait(desk.ask("second.mp4"), "done")
    assert (first.band, second.band) == ("signs", "signs")


def test_without_a_candidate_or_a_share_nobody_looks_on(desk: Desk) -> None:
    shadowing(desk)
    desk.worker.start()
    desk.wait(desk.ask("clip.mp4"), "done")
    desk.worker.stop()
    version, _ = candidate(desk), shadowing(desk, 0.0)
    desk.worker.start()
    desk.wait(desk.ask("another.mp4"), "done")
    assert _shadowed(desk, version) == []


def test_what_would_change_is_shown_before_anything_does(desk: Desk) -> None:
    version, _ = candidate(desk), shadowing(desk, 0.0)
    desk.worker.start()
    before = [desk.wait(desk.ask(name), "done") for name in ("one.mp4", "two.mp4")]
    trial_id = start(desk.config, DESK, version.id, Filter(text="one"), "named one")
    (said,) = tried(desk, trial_id, 1)
    assert (said.name, said.before, said.after, said.changes) == ("one.mp4", "signs", "no_signs", True)
    assert desk.stored("one.mp4") == 1
    with pytest.raises(TelltaleError, match="not in service"):
        put_in_force(desk.config, DESK, trial_id)
    with session(desk.config) as opened:
        model_versions.promote(opened, DESK, version.id, "It is better.")
    assert put_in_force(desk.config, DESK, trial_id) == 1
    with session(desk.config) as opened:
        (newest, *_) = jobs.latest(opened)
        assert newest.priority == "background"
    after = desk.wait(newest.id, "done")
    assert (after.name, after.band) == ("one.mp4", "no_signs") and after.analysis_id != before[0].analysis_id
    with session(desk.config) as opened:
        first = analyses.get(opened, before[0].analysis_id or 0)
        assert audit.count(opened, action="model.tried") == 1
    assert first is not None and first.evidence.band == "signs"
    # The version before, tried on what it judged itself, needs not look again.
    looked = len(desk.examined())
    back = start(desk.config, DESK, 1, Filter(text="one"), "named one")
    (known,) = tried(desk, back, 1)
    assert (known.before, known.after) == ("no_signs", "signs") and len(desk.examined()) == looked


@pytest.mark.slow
def test_a_trial_gives_way_to_whoever_waits(desk: Desk) -> None:
    version, _ = candidate(desk), shadowing(desk, 0.0)
    desk.worker.start()
    desk.wait(desk.ask("very slow.mp4"), "done")
    trial_id = start(desk.config, DESK, version.id, Filter(), "everything")
    while desk.examined().count("very slow.mp4") < 2:
        time.sleep(0.05)
    desk.wait(desk.ask("in a hurry.mp4"), "done", seconds=60)
    assert _compared(desk, trial_id)[0].state == "waiting"
    (said,) = tried(desk, trial_id, 1)
    assert said.state == "done"
    assert desk.examined() == ["very slow.mp4", "very slow.mp4", "in a hurry.mp4", "very slow.mp4"]


@pytest.mark.slow
def test_killed_in_the_middle_a_trial_goes_on_and_a_stopped_one_does_not(desk: Desk) -> None:
    version, _ = candidate(desk), shadowing(desk, 0.0)
    desk.worker.start()
    for name in ("slow one.mp4", "slow two.mp4", "slow three.mp4"):
        desk.wait(desk.ask(name), "done")
    trial_id = start(desk.config, DESK, version.id, Filter(), "everything")
    while len(desk.examined()) < 4:
        time.sleep(0.05)
    desk.worker.kill()
    desk.worker.start()
    tried(desk, trial_id, 1)
    stop(desk.config, DESK, trial_id)
    rows = tried(desk, trial_id, 3)
    assert {one.state for one in rows} <= {"done", "dropped"} and "dropped" in {one.state for one in rows}


def test_who_may_try_and_on_what(desk: Desk) -> None:
    version = candidate(desk)
    with pytest.raises(NotAllowed):
        start(desk.config, person(desk.config, "eve", None), version.id, Filter(), "everything")
    with pytest.raises(TelltaleError, match="No file fits"):
        start(desk.config, DESK, version.id, Filter(), "everything")


def test_a_share_is_about_that_share_and_always_the_same() -> None:
    hashes = [f"{number * 2654435761 % 2**32:08x}{'0' * 56}" for number in range(4000)]
    chosen = [one for one in hashes if of_share(one, 0.2)]
    assert 0.17 < len(chosen) / len(hashes) < 0.23
    assert all(of_share(one, 0.5) for one in chosen)
    assert not any(of_share(one, 0.0) for one in hashes) and all(of_share(one, 1.0) for one in hashes)


def test_a_summary_counts_changes_and_agreement_with_people() -> None:
    rows = [
        _row("done", "signs", "no_signs", "authentic"),
        _row("done", "signs", "signs", "synthetic"),
        _row("done", "inconclusive", "signs", "manipulated"),
        _row("failed", "signs", None, "authentic"),
        _row("waiting", "signs", None, None),
    ]
    found = summary(rows)
    assert (found.files, found.done, found.failed, found.waiting, found.changed) == (5, 3, 1, 1, 2)
    assert (found.before.agree, found.before.differ) == (1, 1)
    assert (found.after.agree, found.after.differ) == (3, 0)


def _row(state: OutcomeState, before: Band, after: Band | None, verdict: Judgement | None) -> Compared:
    return Compared(1, 1, 1, "clip.mp4", state, before, 0.5, after, 0.5, None, verdict, None)


def _shadowed(desk: Desk, version: Version) -> list[Compared]:
    with session(desk.config) as opened:
        return trials.shadowed(opened, version.id)


def _compared(desk: Desk, trial_id: int) -> list[Compared]:
    with session(desk.config) as opened:
        return trials.compared(opened, trial_id)


def _through(look: Callable[[], list[Compared]], count: int, seconds: float) -> list[Compared]:
    deadline = time.monotonic() + seconds
    while True:
        rows = look()
        if sum(one.state != "waiting" for one in rows) >= count:
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.05)
