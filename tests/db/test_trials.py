"""What is remembered of trials, on each of the two databases."""

import pytest
from sqlalchemy.exc import IntegrityError

from core.settings import Settings
from db import audit, model_versions, trials, verdicts
from db.history import Filter
from db.models_trials import TrialOutcome
from db.session import session
from db.trials import Wish
from db.verdicts import Said
from pipelines.trials import stop
from tests.actors import DESK
from tests.dashboard.stored import clip, evidence, store, track
from tests.model_folders import card


@pytest.fixture
def filled(either: Settings) -> Settings:
    """Three files with an analysis each, one with a verdict; the second was analysed twice. A candidate has id 2."""
    for number, band in ((1, "signs"), (2, "no_signs"), (3, "inconclusive")):
        store(either, evidence(clip(f"{number}.mp4", f"{number}" * 64), (track("A", float(number), band),)))
    with session(either) as opened:
        model_versions.register(opened, DESK, card("2"), "2" * 12)
        verdicts.give(opened, DESK, 1, Said("authentic", "high", "Filmed it myself."))
    return either


def test_what_is_in_force_is_asked_about(filled: Settings) -> None:
    with session(filled) as opened:
        assert trials.in_force(opened, Filter(), 10) == [Wish(n, n, None) for n in (3, 2, 1)]
        assert trials.in_force(opened, Filter(bands=("signs",)), 10) == [Wish(1, 1, None)]
        assert len(trials.in_force(opened, Filter(), 2)) == 2


def test_a_trial_tells_what_would_change(filled: Settings) -> None:
    with session(filled) as opened:
        wishes = trials.in_force(opened, Filter(), 10)
        trial_id, (third, second, first) = trials.add(opened, 2, DESK.id, "everything", wishes)
        asked = trials.begin(opened, first)
        trials.finish(opened, first, "no_signs", 0.1, -2.0)
        trials.fail(opened, second, "It broke.")
        assert asked is not None and (asked.name, asked.version_id, asked.starts) == ("1.mp4", 2, 1)
        assert trials.begin(opened, first) is None
    with session(filled) as opened:
        (row,) = trials.latest(opened)
        compared = {one.name: one for one in trials.compared(opened, trial_id)}
        trials.stop(opened, trial_id)
        trials.finish(opened, third, "signs", 0.9, 2.0)  # it was stopped meanwhile
        states = [one.state for one in trials.compared(opened, trial_id)]
    assert (row.version, row.about, row.asked_by) == ("fake 2", "everything", "The desk")
    assert (row.files, row.waiting, row.failed, row.changed) == (3, 1, 1, 1)
    assert compared["1.mp4"].changes and compared["1.mp4"].verdict == "authentic"
    assert (compared["2.mp4"].state, compared["2.mp4"].error) == ("failed", "It broke.")
    assert states == ["dropped", "failed", "done"]


def test_the_log_says_who_stopped_a_trial(filled: Settings) -> None:
    with session(filled) as opened:
        trial_id, (first, *_) = trials.add(opened, 2, DESK.id, "everything", trials.in_force(opened, Filter(), 10))
        trials.fail(opened, first, "It broke.")
    stop(filled, DESK, trial_id)
    with session(filled) as opened:
        (event,) = audit.events(opened, "model:2", action="model.trial_stopped")
    assert event.details == {"trial": trial_id, "dropped": 2, "model": "fake 2"}


def test_a_shadow_looks_at_a_file_once(filled: Settings) -> None:
    wish = Wish(1, 1, 8.0)
    with session(filled) as opened:
        outcome_id = trials.add_shadow(opened, 2, wish)
        assert outcome_id is not None and trials.add_shadow(opened, 2, wish) is None
        trials.finish(opened, outcome_id, "no_signs", 0.1, -2.0)
        assert [one.after for one in trials.shadowed(opened, 2)] == ["no_signs"]
        assert trials.latest(opened) == []
    with pytest.raises(IntegrityError), session(filled) as opened:
        opened.add(TrialOutcome(version_id=2, media_id=1, analysis_id=1))


def test_giving_way_does_not_count_as_a_start(filled: Settings) -> None:
    with session(filled) as opened:
        outcome_id = trials.add_shadow(opened, 2, Wish(1, 1, None))
        assert outcome_id is not None
        for _ in range(3):
            asked = trials.begin(opened, outcome_id)
            assert asked is not None and asked.starts == 1
            trials.give_way(opened, outcome_id)
            opened.expire_all()
